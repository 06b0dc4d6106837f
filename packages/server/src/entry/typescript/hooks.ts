// What Node asks for every module, in a thread of its own: see `node:module`, customization hooks.
import { readFile } from "node:fs/promises";
import type { LoadHook, ResolveFnOutput, ResolveHook } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

import { compile } from "./compile.js";
import { projectOf } from "./project.js";
import { isTypeScript, sourceFile } from "./source-files.js";

type Context = Parameters<ResolveHook>[1];
type Next = Parameters<ResolveHook>[2];

/** Finds what an import of a TypeScript file means: `./a.js` that is `a.ts`, no extension at all, `paths` of the tsconfig. */
export const resolve: ResolveHook = async (specifier, context, next) => {
  const meant = isOwnSource(context.parentURL) ? meantBy(specifier, context.parentURL) : undefined;
  if (meant !== undefined) return next(pathToFileURL(meant).href, context);
  return resolveOr(specifier, context, next);
};

/** Compiles TypeScript that nobody else can load; another loader, if there is one, comes first. */
export const load: LoadHook = async (url, context, next) => {
  if (!url.startsWith("file:") || !isTypeScript(url)) return next(url, context);
  try {
    const loaded = await next(url, context);
    // Newer versions of Node leave types out by themselves, and stop at decorators.
    if (loaded.format?.endsWith("-typescript") !== true) return loaded;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_UNKNOWN_FILE_EXTENSION") throw error;
  }
  const file = fileURLToPath(url);
  const source = await compile(file, await readFile(file, "utf8"));
  return { format: "module", source, shortCircuit: true };
};

function isOwnSource(url: string | undefined): url is string {
  return url !== undefined && url.startsWith("file:") && isTypeScript(url) && !url.includes("/node_modules/");
}

function meantBy(specifier: string, parent: string): string | undefined {
  if (/^\.{0,2}\//.test(specifier)) return sourceFile(fileURLToPath(new URL(specifier, parent)));
  if (/^(?:[a-z]+:|#)/i.test(specifier)) return undefined;
  for (const path of projectOf(fileURLToPath(parent)).paths(specifier)) {
    const found = sourceFile(path);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** As Node does; where that finds nothing, the source of what it was looking for. */
async function resolveOr(specifier: string, context: Context, next: Next): Promise<ResolveFnOutput> {
  try {
    return await next(specifier, context);
  } catch (error) {
    const { code, url } = error as NodeJS.ErrnoException & { readonly url?: string };
    const isMissing = code === "ERR_MODULE_NOT_FOUND" || code === "ERR_UNSUPPORTED_DIR_IMPORT";
    const found = isMissing && url?.startsWith("file:") === true ? sourceFile(fileURLToPath(url)) : undefined;
    if (found === undefined) throw error;
    return next(pathToFileURL(found).href, context);
  }
}
