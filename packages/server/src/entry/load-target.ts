import { realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { BentoError } from "@bento/core";
import type { ServiceClass } from "@bento/sdk";

import { findService, isWanted } from "./find-service.js";
import { loadQuietly } from "./quiet-load.js";
import { sourceFile } from "./typescript/source-files.js";

/** A service that was named by its file. */
export interface Target {
  readonly service: ServiceClass;
  /** `file:` URL of its module. */
  readonly entry: string;
}

/** What a target looks like, for errors. */
const example = '"./service.ts:Name"';

/**
 * Loads what `"./service.ts:Name"` stands for: a file, as seen from the working directory, and the export or the name of
 * the service in it, which may be left out where it has one only. What the module itself would serve is not started.
 * @throws BENTO_ENTRY_INVALID
 */
export async function loadTarget(target: string): Promise<Target> {
  const entry = locateTarget(target);
  const wanted = { name: parseTarget(target).name };
  const module = await loadQuietly(entry, { isWanted: (service) => isWanted(service, wanted) });
  return { service: findService(module, wanted), entry };
}

/** The module of a target, as a `file:` URL. @throws BENTO_ENTRY_INVALID where it is not there */
export function locateTarget(target: string): string {
  return pathToFileURL(moduleFile(target, parseTarget(target).file)).href;
}

/** The parts of a target. The name stands behind the last colon that no folder follows. */
export function parseTarget(target: string): { readonly file: string; readonly name: string | undefined } {
  const { file = target, name } = /^(?<file>.*[^:/\\]):(?<name>[^:/\\]+)$/.exec(target)?.groups ?? {};
  // A drive of Windows: `C:service.ts`.
  if (/^[a-z]$/i.test(file)) return { file: target, name: undefined };
  return { file: file.startsWith("file:") ? fileURLToPath(file) : file, name };
}

function moduleFile(target: string, file: string): string {
  const path = resolve(file);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() !== true) {
    const meant = sourceFile(path);
    throw new BentoError("BENTO_ENTRY_INVALID", `There is no module ${path}, which the service ${JSON.stringify(target)} would be in.`, {
      hint: meant === undefined ? `Write the path of a file from this folder, and the service in it: ${example}.` : `There is ${meant}.`,
    });
  }
  const real = realpathSync(path);
  if (process.argv[1] !== undefined && real === realPath(process.argv[1])) {
    throw new BentoError("BENTO_ENTRY_INVALID", `${real} names itself, and would wait for its own end.`, {
      hint: "Give the class and say where it is: serve(Name, { entry: import.meta.url }).",
    });
  }
  return real;
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
