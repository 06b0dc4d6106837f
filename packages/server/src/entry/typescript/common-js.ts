import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const types = new Map<string, boolean>();

/**
 * Code that may use what CommonJS modules have: `require`, `__filename`, `__dirname`. All TypeScript is loaded as ES
 * modules, which import the same; those three are put before it, on its first line, so that its lines stay where they are.
 * @param file the path of its source
 * @param source what was compiled
 */
export function withCommonJs(file: string, source: string, compiled: string): string {
  const isMeant = !source.includes("import.meta") && /\b(?:require|__filename|__dirname)\b/.test(source) && isCommonJs(file);
  return isMeant ? compiled.replace(/^(?:#!.*)?/, () => bindings) : compiled;
}

const bindings =
  'import { createRequire as bentoCreateRequire } from "node:module";' +
  "const require = bentoCreateRequire(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;";

/** Whether a file is CommonJS by its ending or its package. */
function isCommonJs(file: string): boolean {
  if (file.endsWith(".cts")) return true;
  return !file.endsWith(".mts") && !isModulePackage(dirname(file));
}

function isModulePackage(folder: string): boolean {
  let known = types.get(folder);
  if (known === undefined) types.set(folder, (known = readType(folder)));
  return known;
}

function readType(folder: string): boolean {
  try {
    return (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { type?: unknown }).type === "module";
  } catch {
    const above = dirname(folder);
    return above !== folder && isModulePackage(above);
  }
}
