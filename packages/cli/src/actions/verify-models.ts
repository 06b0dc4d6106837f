import { BentoError } from "@bento/core";
import { FileModelStore, type SignatureFinding, type StoredModel, type Verification } from "@bento/store";
import type { GlobalOptions } from "../command/global-options.js";
import { itemTable } from "../output/item-table.js";
import { ProgressDisplay } from "../output/progress-display.js";
import { yamlText } from "../output/yaml-text.js";
import type { Terminal } from "../terminal/terminal.js";

/** How findings are printed. */
export type VerifyFormat = "table" | "json" | "yaml";

interface VerifyModelsRequest extends GlobalOptions {
  /** `undefined` for all. */
  readonly tags: readonly string[] | undefined;
  /** Whether models without a manifest get one. */
  readonly write?: true;
  /** Paths of keys, one of which must have signed. */
  readonly publicKeys: readonly string[] | undefined;
  /** Whether one of the environment's keys must have signed. */
  readonly require?: true;
  readonly output: VerifyFormat;
}

/**
 * `bento models verify`: compares models with their manifests, and these with their signatures.
 * @throws after everything was printed: BENTO_INTEGRITY_FAILED when one is not what was saved, BENTO_SIGNATURE_INVALID when one is not what was signed
 */
export async function verifyModels(terminal: Terminal, request: VerifyModelsRequest): Promise<void> {
  const demand = await demandOf(request);
  // What is wrong with a model is for this command to say, not for the store that opens it.
  await using store = new FileModelStore(request.home, { signatures: { require: false } });
  const models = request.tags === undefined ? await store.list() : await Promise.all(request.tags.map((tag) => store.get(tag)));
  const found = await verifyAll(terminal, models, request, demand);
  terminal.out(await print[request.output](found, terminal));
  const changed = found.filter(({ status }) => status === "changed");
  if (changed.length === 0) return checkSignatures(found, demand);
  const names = changed.map(({ tag }) => String(tag)).join(", ");
  throw new BentoError("BENTO_INTEGRITY_FAILED", `Not what was saved: ${names}.`, {
    hint: "Import the model anew from where it came from, or find out who writes into the store.",
  });
}

/** Whose signatures count, and whether there must be one. */
interface SignatureDemand {
  readonly keys: readonly string[];
  readonly requireSignature: boolean;
}

/** Whoever names a key wants it to have signed: that nobody signed is no better than that somebody else did. */
async function demandOf({ publicKeys = [], require }: VerifyModelsRequest): Promise<SignatureDemand> {
  const { policyOf, trustedKeysOf } = await import("@bento/store/signing");
  const keys = publicKeys.length > 0 ? publicKeys : trustedKeysOf();
  const requireSignature = require === true || publicKeys.length > 0 || policyOf()?.require === true;
  if (!requireSignature || keys.length > 0) return { keys, requireSignature };
  throw new BentoError("BENTO_BAD_REQUEST", "Signatures are required, but no key is trusted.", {
    hint: "Name one with --public-key, or in BENTO_TRUSTED_KEYS.",
  });
}

async function checkSignatures(found: readonly Verification[], { keys }: SignatureDemand): Promise<void> {
  const isWrong = ({ signature }: Verification): boolean => {
    // Without a key there is nobody to be somebody else than.
    return signature !== undefined && signature.status !== "trusted" && !(signature.status === "untrusted" && keys.length === 0);
  };
  const wrong = found.filter(isWrong);
  if (wrong.length === 0) return;
  const reasons = wrong.map(({ tag, signature }) => `${String(tag)}: ${signature?.reason ?? "not signed"}`);
  throw new BentoError("BENTO_SIGNATURE_INVALID", `Not what a trusted key signed. ${reasons.join("; ")}.`, {
    hint: "Get it from whom you trust; or, if it is your own, sign it with `bento models sign TAG --key FILE`.",
  });
}

async function verifyAll(
  terminal: Terminal,
  models: readonly StoredModel[],
  request: VerifyModelsRequest,
  demand: SignatureDemand,
): Promise<readonly Verification[]> {
  const signal = terminal.interruption();
  const total = models.reduce((sum, { size }) => sum + size, 0);
  using display = new ProgressDisplay(terminal, { label: "verify", quiet: request.quiet === true });
  const found: Verification[] = [];
  let bytes = 0;
  for (const model of models) {
    display.update({ phase: "transfer", bytes, total, label: String(model.tag) });
    found.push(await model.verify({ signal, write: request.write === true, ...demand }));
    bytes += model.size;
  }
  return found;
}

const print: Record<VerifyFormat, (found: readonly Verification[], terminal: Terminal) => string | Promise<string>> = {
  json: (found) => `${JSON.stringify(found.map(documentOf), undefined, 2)}\n`,
  yaml: (found) => yamlText(found.map(documentOf)),
  table: (found, terminal) => {
    const isSigned = found.some(({ signature }) => signature !== undefined);
    const columns = { tag: "Tag", status: "Status", ...(isSigned && { signature: "Signature" }), files: "Files" };
    return itemTable(columns, found.map(rowOf), terminal);
  },
};

function documentOf({ tag, status, added, changed, missing, signature }: Verification) {
  const signed = signature && { signature: { status: signature.status, key_id: signature.keyId, reason: signature.reason } };
  return { tag: String(tag), status, added, changed, missing, ...signed };
}

/** At most so many files of a model are named in a table. */
const shownFiles = 5;

function rowOf({ tag, status, added, changed, missing, signature }: Verification) {
  const files = [
    ...changed.map((path) => `changed ${path}`),
    ...missing.map((path) => `missing ${path}`),
    ...added.map((path) => `added ${path}`),
  ];
  const more = files.length > shownFiles ? [`and ${files.length - shownFiles} more`] : [];
  return { tag: String(tag), status, signature: signatureText(signature), files: [...files.slice(0, shownFiles), ...more].join(", ") };
}

/** Characters of a key's name that are shown in a table. */
const shownKeyId = 16;

function signatureText(signature: SignatureFinding | undefined): string {
  if (signature === undefined) return "none";
  const { status, keyId } = signature;
  return keyId === undefined ? status : `${status} ${keyId.slice(0, shownKeyId)}`;
}
