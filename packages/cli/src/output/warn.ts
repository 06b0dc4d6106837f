import { styled, type Terminal } from "../terminal/terminal.js";

/** Says something that does not stop the command. */
export function warn(terminal: Terminal, text: string): void {
  terminal.err(`${styled("warning:", "yellow", terminal.errHasColor)} ${text}\n`);
}
