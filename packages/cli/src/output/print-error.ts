import { inspect } from "node:util";
import { BentoError } from "@bento/core";
import { styled, type Terminal } from "../terminal/terminal.js";

/** Prints what went wrong and what to do next; with `isDebug` also where, and what it was caused by. */
export function printError(error: unknown, terminal: Terminal, isDebug: boolean): void {
  const color = terminal.errHasColor;
  const message = error instanceof Error ? error.message : String(error);
  terminal.err(`${styled(`error: ${message}`, "red", color)}\n`);
  const hint = BentoError.is(error) ? error.hint : "This is a fault of the command itself: --debug prints where it happened.";
  if (hint !== undefined) terminal.err(`${styled(`hint: ${hint}`, "dim", color)}\n`);
  if (isDebug) terminal.err(`${inspect(error)}\n`);
}
