import { visible } from "./visible.js";
import { styled, type Terminal } from "../terminal/terminal.js";

/** Says something that does not stop the command. */
export function warn(terminal: Terminal, text: string): void {
  terminal.err(`${styled("warning:", "yellow", terminal.errHasColor)} ${text}\n`);
}

/** Says what was found on the way, unless `--quiet` was. Kept until then, because a progress line takes the last row of the screen. */
export function warnAll(terminal: Terminal, warnings: readonly string[], { quiet }: { readonly quiet?: boolean | undefined }): void {
  if (quiet === true) return;
  for (const warning of warnings) warn(terminal, visible(warning));
}
