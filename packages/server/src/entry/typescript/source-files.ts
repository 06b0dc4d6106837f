import { statSync } from "node:fs";
import { extname } from "node:path";

/** What an import that names the compiled file may mean. */
const sources: Readonly<Record<string, readonly string[]>> = {
  ".js": [".ts", ".tsx"],
  ".jsx": [".tsx"],
  ".mjs": [".mts"],
  ".cjs": [".cts"],
};
/** What an import without an extension may mean, in this order. */
const implied = [".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".cjs", "/index.ts", "/index.tsx", "/index.js"];

/** Whether a module is written in TypeScript. @param url a URL, or the path of a file */
export function isTypeScript(url: string): boolean {
  return /\.[cm]?tsx?$/.test(url.replace(/[?#].*$/, "")) && !/\.d\.[cm]?ts$/.test(url);
}

/** The file that TypeScript means by a path: the source before what was compiled from it; `undefined` where there is none. */
export function sourceFile(path: string): string | undefined {
  const extension = extname(path);
  const stem = path.slice(0, path.length - extension.length);
  const compiledFrom = (sources[extension] ?? []).map((source) => stem + source);
  return [...compiledFrom, path, ...implied.map((ending) => path + ending)].find(isFile);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
