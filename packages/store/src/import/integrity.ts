import { BentoError } from "@bento/core";
import { quoted } from "../archive/rules/unsafe.js";
import type { ManifestEntry } from "../store/model-store.js";

/** How many files a message names. */
const shown = 10;

/** How two sets of files differ. */
export interface Difference {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly missing: readonly string[];
}

/** How the files that are there differ from those that should be; `undefined` when they do not. */
export function differenceOf(
  found: ReadonlyMap<string, ManifestEntry>,
  expected: ReadonlyMap<string, ManifestEntry>,
): Difference | undefined {
  const added = [...found.keys()].filter((path) => !expected.has(path));
  const missing = [...expected.keys()].filter((path) => !found.has(path));
  const changed = [...found.values()].filter((file) => isOther(file, expected.get(file.path))).map(({ path }) => path);
  return added.length + missing.length + changed.length === 0 ? undefined : { added, changed, missing };
}

/** A difference in words: `changed "a", "b"; missing "c"`. */
export function describeDifference({ added, changed, missing }: Difference): string {
  const lists = { changed, added, missing };
  return Object.entries(lists)
    .filter(([, paths]) => paths.length > 0)
    .map(([what, paths]) => `${what} ${listed(paths)}`)
    .join("; ");
}

/** The error for files that are not what their manifest says. @param what whose files, as a message names it */
export function integrityFailed(what: string, difference: Difference): BentoError {
  return new BentoError(
    "BENTO_INTEGRITY_FAILED",
    `The files of ${what} are not what its manifest says: ${describeDifference(difference)}.`,
    {
      hint: "Get it again; or, if the changes are meant, import it with acceptChanges.",
    },
  );
}

/** The error for a manifest that nothing can be compared with. */
export function manifestUnreadable(what: string): BentoError {
  return new BentoError("BENTO_INTEGRITY_FAILED", `The manifest of ${what}, ".manifest.json", cannot be read.`, {
    hint: "Get it again; or import it with acceptChanges, which writes a new manifest.",
  });
}

function isOther(file: ManifestEntry, expected: ManifestEntry | undefined): boolean {
  return expected !== undefined && (file.sha256 !== expected.sha256 || file.size !== expected.size);
}

function listed(paths: readonly string[]): string {
  const names = paths.slice(0, shown).map(quoted).join(", ");
  return paths.length > shown ? `${names} and ${paths.length - shown} more` : names;
}
