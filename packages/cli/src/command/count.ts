import { InvalidArgumentError } from "commander";

/** A whole number from 1 on. @throws InvalidArgumentError */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || !Number.isSafeInteger(count)) throw new InvalidArgumentError("Write a whole number from 1 on.");
  return count;
}
