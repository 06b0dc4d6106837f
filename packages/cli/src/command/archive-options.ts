import { InvalidArgumentError, Option } from "commander";
import { completedBy } from "../completion/hints.js";
import { parseByteSize } from "./byte-size.js";
import { parseCount } from "./count.js";
import type { Kind } from "./kind.js";

/** `--format`, with the formats that an archive of this kind can have. */
export function formatOption({ extension }: Kind, description: string): Option {
  return new Option("--format <format>", description).choices([extension, "xz", "gz", "bz2", "zst", "tar", "zip", "folder"]);
}

/** `--compression`: a word, or a level. */
export function compressionOption(): Option {
  const words = ["adaptive", "store", "fast", "best"];
  const option = new Option("--compression <how>", `${words.join(", ")}, or a level from 0 to 9 (default: "adaptive")`);
  option.argParser((text) => {
    if (words.includes(text)) return text;
    if (/^\d$/.test(text)) return Number(text);
    throw new InvalidArgumentError(`Allowed are ${words.join(", ")} and 0 to 9.`);
  });
  return completedBy(words, option);
}

/** `--max-memory`. */
export function memoryOption(): Option {
  return new Option("--max-memory <size>", 'what working in parallel may take (default: "256MiB")').argParser(parseByteSize);
}

/** What an import accepts at most, as options of the command give it. */
export interface LimitOptions {
  readonly maxEntries?: number;
  readonly maxBytes?: number;
  readonly maxRatio?: number;
  readonly maxPathBytes?: number;
  readonly maxDepth?: number;
}

const heading = "Limits, beyond which an archive is refused:";

/** One option for each limit; what is not given keeps the store's default, which the help repeats. */
export function limitOptions(): readonly Option[] {
  return [
    new Option("--max-bytes <size>", 'all files together (default: "1TiB")').argParser(parseByteSize),
    new Option("--max-entries <count>", "files, folders and links (default: 1000000)").argParser(parseCount),
    new Option("--max-ratio <count>", "unpacked bytes per packed byte, beyond 1 GiB (default: 200)").argParser(parseCount),
    new Option("--max-path-bytes <count>", "bytes of a path (default: 4096)").argParser(parseCount),
    new Option("--max-depth <count>", "folders in folders (default: 64)").argParser(parseCount),
  ].map((option) => option.helpGroup(heading));
}

/** Those of the limits that were given. */
export function givenLimits({ maxEntries, maxBytes, maxRatio, maxPathBytes, maxDepth }: LimitOptions): LimitOptions {
  const limits = { maxEntries, maxBytes, maxRatio, maxPathBytes, maxDepth };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
