import { InvalidArgumentError } from "commander";

/**
 * Collects `key=value`, once for each time an option is given; the same key twice keeps the last value.
 * @throws InvalidArgumentError
 */
export function collectPair(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [key, value] = splitPair(text);
  return { ...before, [key]: value };
}

/** The same, with each value read as JSON where it is JSON: `0.98` is a number, `true` a boolean, `digits` text. */
export function collectValue(text: string, before: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  const [key, value] = splitPair(text);
  return { ...before, [key]: valueOf(value) };
}

function splitPair(text: string): readonly [key: string, value: string] {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("Write key=value.");
  return [text.slice(0, at), text.slice(at + 1)];
}

function valueOf(text: string): unknown {
  if (/^-?(0|[1-9]\d*)$/.test(text)) return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  refuseInexact(text);
  return value;
}

/** Integers inside a list or object pass through JavaScript's numbers, which would round the large ones in silence. */
function refuseInexact(json: string): void {
  const withoutTexts = json.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
  for (const [number] of withoutTexts.matchAll(/-?[\d.]+(?:e[+-]?\d+)?/gi)) {
    if (!/^-?\d+$/.test(number) || Number.isSafeInteger(Number(number))) continue;
    throw new InvalidArgumentError(`${number} inside a list or object would be rounded. Give it as a value of its own.`);
  }
}
