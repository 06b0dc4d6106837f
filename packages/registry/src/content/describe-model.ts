import { join } from "node:path";
import { BentoError } from "@bento/core";
import type { StoredModel } from "@bento/store";
import { isStoreFile, manifestName, parseManifest, quoted } from "@bento/store/archives";
import { HashThreads } from "../transfer/hash-threads.js";
import { TransferFolder } from "../transfer/transfer-folder.js";
import type { ContentDocument } from "../wire/content.js";
import { describeContent } from "./describe-content.js";

/**
 * The content of a stored model, as it is given away by ways of its own: compared with its manifest, and never what is not
 * what was saved. A try that was cut off is gone on with.
 * @throws BENTO_INTEGRITY_FAILED naming a file
 */
export async function describeModel(
  model: StoredModel,
  { home, signal }: { readonly home: string; readonly signal: AbortSignal },
): Promise<ContentDocument> {
  await using transfer = await TransferFolder.open(join(home, "tmp", "transfers"), ["describe", model.path]);
  await using threads = new HashThreads();
  const stop = (): void => void threads[Symbol.asyncDispose]();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const content = await describeContent({ tree: model.tree(), folder: model.path, threads, journal: transfer.journal, signal });
    await checkManifest(model, content);
    await transfer.done();
    return content;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** What is not what was saved goes to nobody. */
async function checkManifest(model: StoredModel, { files }: ContentDocument): Promise<void> {
  if (!files.some(({ path }) => path === manifestName)) return;
  const manifest = parseManifest(await model.text(manifestName));
  const listed = files.filter(({ path }) => !isStoreFile(path));
  const wrong = listed.find(({ path, sha256 }) => manifest?.get(path)?.sha256 !== sha256)?.path;
  const missing = [...(manifest?.keys() ?? [])].find((path) => !listed.some((file) => file.path === path));
  if (wrong === undefined && missing === undefined && manifest !== undefined) return;
  const which = quoted(wrong ?? missing ?? manifestName);
  throw new BentoError("BENTO_INTEGRITY_FAILED", `${String(model.tag)} is not what was saved: ${which} is another, or is missing.`, {
    hint: "Look at it with `bento models verify`.",
  });
}
