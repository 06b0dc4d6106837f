import { createRequire } from "node:module";

import type * as swc from "@swc/core";

import { EntryProblem } from "./entry-problem.js";

export type Swc = typeof swc;

/**
 * The compiler of the project that a file is part of, else the one beside this package.
 * @param places files that may import it, the first one first
 * @throws EntryProblem where there is none
 */
export function loadCompiler(file: string, places: readonly (string | URL)[] = [file, import.meta.url]): Swc {
  for (const place of places) {
    const require = createRequire(place);
    try {
      return require("@swc/core") as Swc;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  throw new EntryProblem(
    `${file} is TypeScript, and @swc/core, which compiles it, is not installed.`,
    "Run `npm install -D @swc/core`, or name the JavaScript that was compiled from it.",
  );
}
