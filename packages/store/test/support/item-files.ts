import { createHash } from "node:crypto";
import type { StoredModel } from "../../src/index.js";
import type { ExpectedImport } from "./archive-fixtures.js";

/** Info-ZIP's UTF-8, which Python reads as cp437. */
const misread = /[\u2500-\u257f\u2310]/;
const readRight = "d\u00e9j\u00e0-\u65e5\u672c.txt";

/** SHA-256 of every file of an item. */
export async function digests(model: Pick<StoredModel, "files" | "stream">): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { path } of await model.files()) {
    const hash = createHash("sha256");
    for await (const chunk of model.stream(path)) hash.update(chunk);
    found[path] = hash.digest("hex");
  }
  return found;
}

/** What Python says of them, with the names that it reads wrong. */
export function digestsOf({ files = {} }: ExpectedImport): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, { sha256: digest }]) => [misread.test(path) ? readRight : path, digest]));
}

/** The files that may be executed. */
export async function executables(model: Pick<StoredModel, "tree">): Promise<string[]> {
  const entries = await model.tree().entries();
  return entries.flatMap((entry) => (entry.kind === "file" && entry.executable ? [entry.path] : []));
}

/** The folders of an item. */
export async function folders(model: Pick<StoredModel, "tree">): Promise<string[]> {
  return (await model.tree().entries()).flatMap((entry) => (entry.kind === "folder" ? [entry.path] : []));
}
