import { Option } from "commander";

/** `-o, --output <format>`, with the first choice as the default. */
export function outputOption(choices: readonly string[], description: string): Option {
  return new Option("-o, --output <format>", description).choices(choices).default(choices[0]);
}
