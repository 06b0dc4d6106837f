import { BentoError } from "@bento/core";
import { type HubTarget, named } from "./hub-failures.js";

/**
 * Refuses names that would lead out of the folder, on any system, that no disk takes, or that stand in each other's way.
 * Whoever may write to a repository chooses them.
 * @throws BENTO_ARCHIVE_UNSAFE naming the file
 */
export function checkFileNames(files: readonly { readonly path: string }[], target: HubTarget): void {
  const seen = new Set<string>();
  const folders = new Set<string>();
  for (const { path } of files) {
    const problem = problemOf(path) ?? (seen.has(path) ? "is listed twice" : undefined);
    if (problem !== undefined) throw unsafe(path, problem, target);
    seen.add(path);
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) folders.add(path.slice(0, end));
  }
  for (const { path } of files) if (folders.has(path)) throw unsafe(path, "is a file and a folder", target);
}

function problemOf(path: string): string | undefined {
  const parts = path.split("/");
  if (path === "" || path.startsWith("/")) return "is no name of a file";
  if (path.length > 4096 || parts.length > 64) return "is too long";
  if (parts.some((part) => part === "..")) return "leads out of its folder";
  if (parts.some((part) => part === "" || part === ".")) return "is no name of a file";
  if (path.includes("\\") || parts.some((part) => /^[A-Za-z]:/.test(part))) return "leads elsewhere on Windows";
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\x00-\x1f\x7f]/.test(path) || /\p{Surrogate}/u.test(path)) return "holds characters that no name has";
  return parts.some((part) => Buffer.byteLength(part) > 255) ? "is too long" : undefined;
}

function unsafe(path: string, problem: string, target: HubTarget): BentoError {
  const shown = JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}...` : path);
  return new BentoError(
    "BENTO_ARCHIVE_UNSAFE",
    `The model ${named(target)} at ${target.endpoint} holds a file ${shown}, whose name ${problem}.`,
    {
      hint: "Do not use this model, or ask its owner to rename the file.",
    },
  );
}
