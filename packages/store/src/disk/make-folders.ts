import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { isErrno } from "./store-failure.js";

/**
 * Makes a folder and those above it that are missing. Node's own `recursive` never ends where the system says ENOENT
 * below a folder that is there, as procfs does.
 * @param mode of each folder that is made, less the process's umask
 * @returns the topmost folder that was made; `undefined` when all were there
 * @throws the operating system's error
 */
export function makeFolders(folder: string, mode = 0o777): string | undefined {
  try {
    return makeOne(folder, mode);
  } catch (error) {
    const above = dirname(folder);
    if (!isErrno(error, "ENOENT") || above === folder) throw error;
    const top = makeFolders(above, mode);
    const made = makeOne(folder, mode);
    return top ?? made;
  }
}

/** A folder that is there is as good. */
function makeOne(folder: string, mode: number): string | undefined {
  try {
    mkdirSync(folder, { mode });
    return folder;
  } catch (error) {
    if (isErrno(error, "ENOENT")) throw error;
    // What was there a moment ago and is gone now is missing: callers who race with a deletion look for ENOENT.
    const found = statSync(folder, { throwIfNoEntry: isErrno(error, "EEXIST") });
    if (found?.isDirectory()) return undefined;
    throw error;
  }
}
