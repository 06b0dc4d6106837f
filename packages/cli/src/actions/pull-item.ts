import { FileBentoStore, FileModelStore } from "@bento/store";
import type { BentoPullResult, PullResult } from "@bento/registry";
import type { GlobalOptions } from "../command/global-options.js";
import { type Kind, modelKind } from "../command/kind.js";
import type { SavedOutput } from "../command/saved-output.js";
import { itemText } from "../output/item-text.js";
import { follow } from "../output/progress-display.js";
import { savedText } from "../output/saved-text.js";
import { warnAll } from "../output/warn.js";
import type { Terminal } from "../terminal/terminal.js";
import { homeOf, openRegistry } from "./registry.js";

interface PullItemRequest extends GlobalOptions {
  readonly kind: Kind;
  readonly tag: string;
  readonly force?: true;
  readonly threads: number;
  /** Of models. */
  readonly query?: string | undefined;
  /** Of bentos. */
  readonly withoutModels?: true;
  readonly output: SavedOutput;
}

/**
 * `bento models pull TAG`, `bento pull TAG`.
 * @throws what `Registry.pull` throws
 */
export async function pullItem(terminal: Terminal, request: PullItemRequest): Promise<void> {
  const { kind, tag, force = false, threads, query, quiet = false, output } = request;
  const home = homeOf(request);
  const signal = terminal.interruption();
  const models = new FileModelStore(home);
  const display = { label: `pulling ${tag}`, quiet };
  if (kind.noun === "model") {
    const transfer = tag.startsWith("oci://")
      ? (await import("@bento/registry/oci")).pullOci(tag, { store: models, home, force, parallel: threads, signal })
      : (await openRegistry(request, threads)).pull(tag, { store: models, force, query, signal });
    const result = await follow(transfer, terminal, display);
    warnAll(terminal, unverified(kind, result.model, result), request);
    terminal.out(savedText(kind, result.model, { verb: verbOf(result), output }));
    return;
  }
  const registry = await openRegistry(request, threads);
  const options = { store: new FileBentoStore(home), models: request.withoutModels === true ? (false as const) : models, force, signal };
  const result = await follow(registry.bentos.pull(tag, options), terminal, display);
  const warnings = [unverified(kind, result.bento, result), ...result.models.map((each) => unverified(modelKind, each.model, each))];
  warnAll(terminal, warnings.flat(), request);
  const carried = result.models.map(({ model, outcome }) => ({
    tag: model.tag,
    outcome: outcome === "pulled" ? ("imported" as const) : ("skipped" as const),
  }));
  terminal.out(savedText(kind, result.bento, { verb: verbOf(result), output, models: carried }));
}

type Ended = Pick<PullResult | BentoPullResult, "outcome" | "verified">;

function verbOf({ outcome, verified }: Ended): string {
  if (outcome === "present") return "is in the store already";
  return verified === "unverified"
    ? "pulled"
    : `pulled, and verified by ${verified === "digests" ? "the registry's digests" : "its manifest"}`;
}

function unverified(kind: Kind, { tag }: { readonly tag: PullResult["model"]["tag"] }, { outcome, verified }: Ended): readonly string[] {
  if (outcome === "present" || verified !== "unverified") return [];
  return [`${itemText(kind, tag)} could not be verified: the registry tells no digest of it, and it carries no manifest`];
}
