import { Option } from "commander";
import { parseCount } from "./count.js";

/** `--threads`, as BentoML calls it. */
export function threadsOption(): Option {
  return new Option("-t, --threads <count>", "parts that travel at the same time, at most").argParser(parseCount).default(10);
}

/** `--force`. */
export function forceOption(description: string): Option {
  return new Option("-f, --force", description);
}
