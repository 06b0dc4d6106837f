import { InvalidArgumentError } from "commander";

const pattern = /^(\d+(?:\.\d+)?)\s*(?:(b)|([kmgtp])(i?b)?)?$/i;
const powers = "kmgtp";

/**
 * Bytes from text such as `500`, `10KiB`, `1.5GiB` or `2GB`. `KB` and its like count in thousands; `KiB`, and a bare `K`
 * as most commands take it, in 1024.
 * @throws InvalidArgumentError
 */
export function parseByteSize(text: string): number {
  const [, number, , prefix, suffix] = pattern.exec(text.trim()) ?? [];
  if (number === undefined) throw new InvalidArgumentError("Write a size such as 500, 10KiB, 1.5GiB or 2GB.");
  if (prefix === undefined) return Math.round(Number(number));
  const base = suffix?.toLowerCase() === "b" ? 1000 : 1024;
  return Math.round(Number(number) * base ** (powers.indexOf(prefix.toLowerCase()) + 1));
}
