import type { FtpConnection } from "./connection.js";
import { factsOf } from "./facts.js";
import { isMissing, isNotSupported } from "./failures.js";

/** What is at a path. */
export interface Looked {
  readonly kind: "file" | "folder";
  readonly size: number | undefined;
  readonly version: string | undefined;
}

const folder: Looked = { kind: "folder", size: 0, version: undefined };

/**
 * What is at a path of the server, by MLST where the server has it, else by asking for the size and trying to go there.
 * @throws FTPError for other refusals than that there is nothing
 */
export async function lookAt(connection: FtpConnection, path: string, signal: AbortSignal | undefined): Promise<Looked | undefined> {
  if (path !== "/" && connection.features.has("MLST")) {
    const found = await orNothing(connection.ask(`MLST ${path}`, signal));
    if (found === undefined) return undefined;
    const { type, size, modified } = factsOf(found.message.split("\n")[1]?.trimStart() ?? "");
    if (type === "dir" || type === "cdir" || type === "pdir") return folder;
    if (type === "file") return { kind: "file", size, version: versionOf(size, modified) };
    // Links are what they lead to.
  }
  const size = path === "/" ? undefined : await sizeOf(connection, path, signal);
  if (size !== undefined) return { kind: "file", size, version: versionOf(size, await modifiedOf(connection, path, signal)) };
  return (await orNothing(connection.ask(`CWD ${path}`, signal))) === undefined ? undefined : folder;
}

/** The bytes of a file; `undefined` where there is none. */
export async function sizeOf(connection: FtpConnection, path: string, signal: AbortSignal | undefined): Promise<number | undefined> {
  const answer = await orNothing(connection.ask(`SIZE ${path}`, signal));
  const digits = /^213 (\d{1,15})\b/.exec(answer?.message ?? "")?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** When a file was changed, as the server spells it; `undefined` where it does not say. */
export async function modifiedOf(connection: FtpConnection, path: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    const answer = await orNothing(connection.ask(`MDTM ${path}`, signal));
    return /^213 (\d{14}(\.\d+)?)/.exec(answer?.message ?? "")?.[1];
  } catch (error) {
    if (isNotSupported(error)) return undefined;
    throw error;
  }
}

/** What tells one content from another. */
export function versionOf(size: number | undefined, modified: string | undefined): string | undefined {
  return size === undefined || modified === undefined ? undefined : `${size}-${modified}`;
}

async function orNothing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
