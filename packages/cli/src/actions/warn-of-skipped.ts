import type { SkippedEntry } from "@bento/store";
import type { Kind } from "../command/kind.js";
import { warn } from "../output/warn.js";
import type { Terminal } from "../terminal/terminal.js";

/** Says on stderr that a store holds what cannot be read, and with `verbose` what and why. */
export function warnOfSkipped(
  terminal: Terminal,
  skipped: readonly SkippedEntry[],
  { kind, verbose }: { readonly kind: Kind; readonly verbose: boolean },
): void {
  if (skipped.length === 0) return;
  const { noun } = kind;
  const what =
    skipped.length === 1
      ? `1 entry of the store is no readable ${noun}`
      : `${skipped.length} entries of the store are no readable ${noun}s`;
  const more = verbose ? `:${skipped.map(({ path, reason }) => `\n  ${path}: ${reason}`).join("")}` : " (--verbose says which and why)";
  warn(terminal, `${what}${more}`);
}
