import { inspect } from "node:util";
import { BentoError } from "@bento/core";
import { styled, type Terminal } from "../terminal/terminal.js";
import { commandHint } from "./command-hint.js";
import { visible } from "./visible.js";

/** Prints what went wrong and what to do next; with `isDebug` also where, and what it was caused by. */
export function printError(error: unknown, terminal: Terminal, isDebug: boolean): void {
  const message = messageOf(error);
  terminal.err(`${styled(`error: ${message}`, "red", terminal.errHasColor)}\n`);
  if (BentoError.is(error)) printIssues(error, terminal);
  const hint = BentoError.is(error) ? error.hint : "This is a fault of the command itself: --debug prints where it happened.";
  printHint(hint, terminal);
  // Line by line, as it has lines of its own.
  if (isDebug) terminal.err(`${inspect(error).split("\n").map(visible).join("\n")}\n`);
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  // It shows some of the user's own source, which has lines.
  return BentoError.is(error, "BENTO_ENTRY_INVALID") ? message.split("\n").map(visible).join("\n") : visible(message);
}

/** Prints that one of several went wrong, and what to do next. @param what which of them, where the message does not say */
export function printFailure(error: BentoError, terminal: Terminal, what?: string): void {
  const text = what === undefined || error.message.includes(what) ? error.message : `${what}: ${error.message}`;
  terminal.err(`${styled(`failed: ${visible(text)}`, "red", terminal.errHasColor)}\n`);
  printHint(error.hint, terminal);
}

/** Each problem of a value, where the message names one of several only, or none as that of a Python service. */
function printIssues({ issues = [], message: whole }: BentoError, terminal: Terminal): void {
  if (issues.length < 2 && issues.every(({ message }) => whole.includes(message))) return;
  for (const { path, message } of issues)
    terminal.err(`${visible(`  ${path.length === 0 ? "the value itself" : path.join(".")}: ${message}`)}\n`);
}

/** Says what to do next, on stderr. */
export function printHint(hint: string | undefined, terminal: Terminal): void {
  if (hint !== undefined) terminal.err(`${styled(`hint: ${visible(commandHint(hint))}`, "dim", terminal.errHasColor)}\n`);
}
