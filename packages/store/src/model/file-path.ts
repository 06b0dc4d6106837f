import { BentoError } from "@bento/core";
import { modelYamlName } from "../disk/layout.js";

/** Name of the file that lists every other file of a model with its digest. */
export const manifestName = ".manifest.json";
/** Name of the file that says who signed a model. The manifest does not list it: what is signed was there before. */
export const signatureName = ".signature.json";
/** What that file may be at most: it is a few lines. Bytes. */
export const maxSignatureBytes = 4096;
/** Whether a file is the store's own: it stands beside what the manifest lists, and `files()` does not show it. */
export function isStoreFile(path: string): boolean {
  return path === manifestName || path === signatureName;
}

/** Folder of the custom objects that this SDK stores. */
export const customObjectsFolder = "custom_objects";
/** Python's custom objects: kept as they are, never opened, and not writable here because Python runs what is inside. */
const pickleName = "custom_objects.pkl";

/** A NUL, or a part that is empty, `.` or `..`. */
// eslint-disable-next-line no-control-regex -- NUL is what is looked for
const neverAPath = /\0|(?:^|\/)\.{0,2}(?:\/|$)/;
const maxNameBytes = 255;
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/**
 * Checks the path of a file or folder that is to be written into a model.
 *
 * The rule is the same on every system: `/` between parts, no absolute path, no `..`, no backslash, nothing invisible.
 * On Windows, names that its disks cannot hold are refused too.
 * @throws BENTO_MODEL_INVALID quoting the path
 */
export function checkFilePath(path: string, platform: NodeJS.Platform = process.platform): string {
  const problem = problemOf(path) ?? (platform === "win32" ? windowsProblemOf(path) : undefined);
  if (problem === undefined) return path;
  throw new BentoError("BENTO_MODEL_INVALID", `${JSON.stringify(path)} cannot be a file of a model: ${problem}.`, {
    hint: 'Use a relative path such as "assets/labels.json".',
  });
}

/**
 * Refuses the names that the store itself writes, in any case, because some disks do not tell cases apart.
 * @throws BENTO_MODEL_INVALID quoting the path
 */
export function checkNotReserved(path: string): void {
  const top = (path.split("/", 1)[0] as string).toLowerCase();
  if (![modelYamlName, manifestName, signatureName, pickleName, customObjectsFolder].includes(top)) return;
  throw new BentoError("BENTO_MODEL_INVALID", `${JSON.stringify(path)} is a reserved name of the store.`, {
    hint:
      top === signatureName
        ? "The store writes this file itself, when a model that is there is signed."
        : top === modelYamlName || top === manifestName
          ? "The store writes this file itself; give labels, metadata and the rest to create()."
          : "Give custom objects to create(tag, { customObjects }).",
  });
}

/** Whether a path could name a file of a model that exists: Python accepts nearly every name. */
export function canBeStored(path: string): boolean {
  return !neverAPath.test(path);
}

function problemOf(path: string): string | undefined {
  if (typeof path !== "string") return `it is a value of type ${typeof path}`;
  if (path.startsWith("/") || /^[a-z]:\//i.test(path)) return "it is absolute";
  if (path.includes("\\")) return "it has a backslash";
  if (controls.test(path)) return "it has a control character";
  if (/\p{Surrogate}/u.test(path)) return "it is not well-formed text";
  const parts = path.split("/");
  if (parts.includes("")) return path === "" ? "it is empty" : "a part of it is empty";
  if (parts.includes("..") || parts.includes(".")) return 'it has "." or ".." as a part';
  if (parts.some((part) => Buffer.byteLength(part) > maxNameBytes)) return `a part of it is longer than ${maxNameBytes} bytes`;
  return undefined;
}

/** Why a path cannot lie on a disk of Windows, if it cannot. */
export function windowsProblemOf(path: string): string | undefined {
  const parts = path.split("/");
  if (parts.some((part) => /[<>:"|?*]/.test(part))) return "it has a character that Windows does not allow";
  if (parts.some((part) => /[. ]$/.test(part))) return "a part of it ends in a dot or space, which Windows drops";
  if (parts.some((part) => /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(part))) return "a part of it is the name of a Windows device";
  return undefined;
}
