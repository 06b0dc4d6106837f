import type { RemoteEntry } from "../../remote.js";

/** What Google says of an object, as far as it was asked. */
export interface GoogleObject {
  readonly name: string;
  /** Digits, as all its large numbers are. */
  readonly size: string;
  /** Another for each content that the name ever had. */
  readonly generation: string;
  readonly md5Hash?: string | undefined;
}

/** A page of a list. */
export interface GooglePage {
  readonly items: readonly GoogleObject[];
  readonly nextPageToken: string | undefined;
}

/** What is asked of an object. */
export const objectFields = "name,size,generation,md5Hash";

export function googleObject(json: unknown): GoogleObject {
  const { name, size, generation, md5Hash } = isRecord(json) ? json : {};
  if (typeof name !== "string" || !isDigits(size) || !isDigits(generation)) throw new Error("the server's answer is not that of an object");
  return { name, size: String(size), generation: String(generation), md5Hash: typeof md5Hash === "string" ? md5Hash : undefined };
}

export function googlePage(json: unknown): GooglePage {
  const { items = [], nextPageToken } = isRecord(json) ? json : {};
  if (!Array.isArray(items)) throw new Error("the server's answer is no list");
  return {
    items: items.map(googleObject),
    nextPageToken: typeof nextPageToken === "string" && nextPageToken !== "" ? nextPageToken : undefined,
  };
}

export function entryOf({ name, size, generation }: GoogleObject): RemoteEntry {
  if (name.endsWith("/")) return folderEntry(name.slice(0, -1));
  return { kind: "file", path: name, size: Number(size), version: generation };
}

export function folderEntry(path: string): RemoteEntry {
  return { kind: "folder", path, size: 0, version: undefined };
}

function isDigits(value: unknown): boolean {
  return /^\d{1,20}$/.test(String(value));
}

function isRecord(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === "object" && json !== null;
}
