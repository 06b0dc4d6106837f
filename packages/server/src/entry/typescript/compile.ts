import { createRequire } from "node:module";
import { basename } from "node:path";

import type { Options } from "@swc/core";

import { syntaxProblem } from "./syntax-problem.js";
import { EntryProblem } from "./entry-problem.js";
import { projectOf, type Project } from "./project.js";

type Swc = typeof import("@swc/core");

let compiler: Swc | undefined;

/**
 * A TypeScript file as JavaScript for Node, with an inline source map.
 * @param file its absolute path
 * @throws {EntryProblem} for what does not compile, and where there is no compiler
 */
export async function compile(file: string, code: string): Promise<string> {
  compiler ??= loadCompiler(file);
  try {
    const compiled = await compiler.transform(code, swcOptions(file, projectOf(file)));
    return compiled.code;
  } catch (error) {
    throw syntaxProblem(file, error);
  }
}

/** What swc is to do, of what the project's tsconfig says. */
export function swcOptions(file: string, { options }: Project): Options {
  const isLegacy = options.experimentalDecorators === true;
  return {
    filename: file,
    sourceFileName: basename(file),
    sourceMaps: "inline",
    inlineSourcesContent: false,
    swcrc: false,
    configFile: false,
    isModule: true,
    module: file.endsWith(".cts") ? { type: "commonjs" } : { type: "nodenext" as "es6" },
    jsc: {
      target: "es2022",
      keepClassNames: true,
      parser: { syntax: "typescript", decorators: true, tsx: file.endsWith("x") },
      transform: {
        ...(isLegacy
          ? { legacyDecorator: true, decoratorMetadata: options.emitDecoratorMetadata === true }
          : { decoratorVersion: "2022-03" }),
        useDefineForClassFields: options.useDefineForClassFields ?? hasClassFields(options.target),
        verbatimModuleSyntax: options.verbatimModuleSyntax === true,
        react: reactOptions(options),
      },
      experimental: { keepImportAttributes: true },
    },
  };
}

/** Where nobody says it, fields are defined as the language does from ES2022 on. */
function hasClassFields(target: string | undefined): boolean {
  const year = /^es(?:20)?(\d+)$/i.exec(target ?? "")?.[1];
  return year === undefined || (Number(year) >= 22 && year !== "3" && year !== "5" && year !== "6");
}

function reactOptions({ jsx, jsxImportSource, jsxFactory, jsxFragmentFactory }: Project["options"]) {
  if (jsx === "react") {
    return {
      runtime: "classic" as const,
      ...(jsxFactory === undefined ? {} : { pragma: jsxFactory }),
      ...(jsxFragmentFactory === undefined ? {} : { pragmaFrag: jsxFragmentFactory }),
    };
  }
  return { runtime: "automatic" as const, ...(jsxImportSource === undefined ? {} : { importSource: jsxImportSource }) };
}

/** The compiler of the project, else the one beside this package. */
function loadCompiler(file: string): Swc {
  for (const from of [file, import.meta.url]) {
    const require = createRequire(from);
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
