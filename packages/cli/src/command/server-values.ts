import { InvalidArgumentError } from "commander";

// An environment variable that is set to nothing counts as not set, as it does for BentoML.

/** A port. @throws InvalidArgumentError */
export function parsePort(text: string): number | undefined {
  const isPort = /^\d+$/.test(text) && Number(text) <= 65_535;
  if (text !== "" && !isPort) throw new InvalidArgumentError("Write a whole number from 0, which takes any free one, to 65535.");
  return text === "" ? undefined : Number(text);
}

/** Seconds. @throws InvalidArgumentError */
export function parseSeconds(text: string): number | undefined {
  const isTime = /^\d*\.?\d+$/.test(text) && Number(text) > 0;
  if (text !== "" && !isTime) throw new InvalidArgumentError("Write seconds, more than 0.");
  return text === "" ? undefined : Number(text);
}

/** How many worker processes. @throws InvalidArgumentError */
export function parseWorkers(text: string): number | "cpu_count" | undefined {
  if (text === "cpu_count") return text;
  const isCount = /^\d+$/.test(text) && Number(text) >= 1 && Number.isSafeInteger(Number(text));
  if (text !== "" && !isCount) throw new InvalidArgumentError("Write a whole number from 1 on, or cpu_count: one for each core.");
  return text === "" ? undefined : Number(text);
}

/** Options without those that got nothing: commander makes an empty text of every `undefined`. */
export function withoutEmpty<Options extends object>(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== "")) as Options;
}
