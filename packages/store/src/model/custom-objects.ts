import { BentoError } from "@bento/core";
import { checkFilePath, customObjectsFolder } from "./file-path.js";

/** A custom object in the form in which it is stored. */
export interface StoredObject {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * The files that hold a model's custom objects: `custom_objects/<name>.bin` for bytes, `custom_objects/<name>.json` for
 * everything else. Python sees ordinary files there; its own `custom_objects.pkl` is another matter and never touched.
 * @throws BENTO_MODEL_INVALID for a name that is no file name, or a value that JSON would lose something of
 */
export function storeObjects(objects: Readonly<Record<string, unknown>> = {}): readonly StoredObject[] {
  return Object.entries(objects).map(([name, value]) => {
    if (value instanceof Uint8Array) return { path: binPath(checkName(name)), bytes: value.slice() };
    checkJson(value, name, new Set());
    return { path: jsonPath(checkName(name)), bytes: new TextEncoder().encode(`${JSON.stringify(value)}\n`) };
  });
}

/** Where a custom object may be stored, in the order in which to look. @throws BENTO_MODEL_INVALID for an impossible name */
export function objectPaths(name: string): { readonly json: string; readonly bin: string } {
  checkName(name);
  return { json: jsonPath(name), bin: binPath(name) };
}

function jsonPath(name: string): string {
  return `${customObjectsFolder}/${name}.json`;
}

function binPath(name: string): string {
  return `${customObjectsFolder}/${name}.bin`;
}

function checkName(name: string): string {
  if (name.includes("/")) throw refused(name, "its name has a slash");
  checkFilePath(jsonPath(name));
  return name;
}

/** Refuses what comes back from JSON as something else: the caller must choose the form, not find out later. */
function checkJson(value: unknown, where: string, holders: Set<unknown>): void {
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number") {
    if (Number.isFinite(value)) return;
    throw refused(where, `${value} is no JSON number`);
  }
  if (typeof value !== "object") throw refused(where, `JSON has no value of type ${typeof value}`);
  if (holders.has(value)) throw refused(where, "it holds itself");
  const within = new Set([...holders, value]);
  if (Array.isArray(value)) return value.forEach((item, index) => checkJson(item, `${where}[${index}]`, within));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) throw refused(where, `JSON has no ${value.constructor?.name ?? "such object"}`);
  for (const [key, item] of Object.entries(value)) checkJson(item, `${where}.${key}`, within);
}

function refused(where: string, why: string): BentoError {
  return new BentoError("BENTO_MODEL_INVALID", `The custom object ${JSON.stringify(where)} cannot be stored: ${why}.`, {
    hint: "Custom objects are bytes (Uint8Array) or plain JSON values; encode anything else yourself.",
  });
}
