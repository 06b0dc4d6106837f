import { basename } from "node:path";

import type { Options } from "@swc/core";

import { withCommonJs } from "./common-js.js";
import { loadCompiler, type Swc } from "./load-compiler.js";
import { projectOf, type Project } from "./project.js";
import { syntaxProblem } from "./syntax-problem.js";

let compiler: Swc | undefined;

/**
 * A TypeScript file as JavaScript for Node, with an inline source map.
 * @param file its absolute path
 * @throws EntryProblem for what does not compile, and where there is no compiler
 */
export async function compile(file: string, code: string): Promise<string> {
  compiler ??= loadCompiler(file);
  try {
    const compiled = await compiler.transform(code, swcOptions(file, projectOf(file)));
    return withCommonJs(file, code, compiled.code);
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
    module: { type: "nodenext" },
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
  return year === undefined || Number(year) >= 22;
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
