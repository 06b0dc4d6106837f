import { BentoError } from "@bento/core";
import type { ContentDocument } from "@bento/registry/wire";
import { ByteBudget, EntryRules, type ImportLimits, limitsOf, quoted } from "@bento/store/archives";

/**
 * The paths of a document that somebody sent, by the rules of archives.
 * @throws BENTO_ARCHIVE_UNSAFE naming a path; BENTO_BAD_REQUEST for one that is not written as it is read, and for parts
 *   that are too many or too few
 */
export function checkContent({ files, folders, partSize }: ContentDocument, given?: Partial<ImportLimits>): void {
  // Parts come as they are: nothing of them was compressed.
  const limits = { ...limitsOf(given), maxRatio: Number.POSITIVE_INFINITY };
  const rules = new EntryRules(limits);
  const budget = new ByteBudget(limits);
  const admit = (path: string, kind: "file" | "folder"): void => {
    if (rules.admit({ path, kind, target: "" })?.path === path) return;
    throw new BentoError("BENTO_BAD_REQUEST", `The path ${quoted(path)} is not written as it is read.`, {
      hint: 'Write it relative to the top, with "/" between its parts and no "." or "..".',
    });
  };
  for (const path of folders) admit(path, "folder");
  for (const { path, size, parts } of files) {
    admit(path, "file");
    budget.announced(size);
    budget.unpacked(size);
    if (parts.length === Math.ceil(size / partSize)) continue;
    throw new BentoError("BENTO_BAD_REQUEST", `The file ${quoted(path)} of ${size} bytes has ${parts.length} parts of ${partSize} bytes.`, {
      hint: `It needs ${Math.ceil(size / partSize)}.`,
    });
  }
}
