import { FTPError, parseList } from "basic-ftp";
import type { FtpConnection } from "./connection.js";
import { factsOf } from "./facts.js";
import { FtpProtocolError } from "./failures.js";
import { checkName } from "./names.js";
import { FtpTransfer } from "./transfer.js";

/** What a folder holds. */
export interface Listed {
  readonly name: string;
  /** A link may be one to a file or a folder; what is `other` is neither. */
  readonly kind: "file" | "folder" | "link" | "other";
  readonly size: number | undefined;
  /** When it was changed, as the server spells it; `undefined` where it only says so by the minute. */
  readonly modified: string | undefined;
}

/** A folder with more names than fit is no model's. Bytes. */
const longestListing = 64 * 1024 * 1024;

/**
 * Everything in a folder, without what is in its folders. The server is told the folder by its own command: as part of a
 * listing's, some take `*` and `[` in it for patterns, and `-` for options.
 * @throws FTPError when there is no such folder
 */
export async function listFolder(connection: FtpConnection, path: string, signal: AbortSignal | undefined): Promise<readonly Listed[]> {
  await connection.ask(`CWD ${path}`, signal);
  if (connection.features.has("MLST")) {
    return linesOf(await listingOf(connection, "MLSD", signal)).flatMap((line) => listedByFacts(line));
  }
  const text = await listingOf(connection, "LIST -a", signal).catch((error: unknown) => {
    // Not everybody knows of options.
    if (error instanceof FTPError && error.code >= 500) return listingOf(connection, "LIST", signal);
    throw error;
  });
  return linesOf(text).flatMap((line) => listedByDisk(line));
}

async function listingOf(connection: FtpConnection, command: string, signal: AbortSignal | undefined): Promise<string> {
  const transfer = await FtpTransfer.begin(connection, command, 0, signal);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of transfer.receive(signal)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > longestListing) throw new FtpProtocolError("the server's listing has no end");
  }
  await transfer.finish(signal);
  return Buffer.concat(chunks).toString("utf8");
}

function linesOf(text: string): readonly string[] {
  return text.split(/\r?\n/).filter((line) => line !== "");
}

function listedByFacts(line: string): readonly Listed[] {
  const { type, size, modified, name } = factsOf(line);
  if (type === "cdir" || type === "pdir") return [];
  const kind = type === "file" ? "file" : type === "dir" ? "folder" : type.includes("link") ? "link" : "other";
  return [{ name: checkName(name), kind, size, modified }];
}

/** A line as `ls` or DOS would write it. */
function listedByDisk(line: string): readonly Listed[] {
  if (/^total\b/i.test(line)) return [];
  // One by one, so that no line is overlooked that cannot be understood; and with an end, as "." and ".." would be left out.
  const [info] = parsed(`${line}x`);
  if (info === undefined) throw new FtpProtocolError(`the server's listing has a strange line: ${JSON.stringify(line)}`);
  const name = info.isSymbolicLink && info.link !== undefined ? info.name : info.name.slice(0, -1);
  if (name === "." || name === "..") return [];
  const kind = info.isDirectory ? "folder" : info.isSymbolicLink ? "link" : info.isFile && !/^[bcps]/.test(line) ? "file" : "other";
  return [{ name: checkName(name), kind, size: Number.isSafeInteger(info.size) ? info.size : undefined, modified: undefined }];
}

function parsed(line: string): ReturnType<typeof parseList> {
  try {
    return parseList(line);
  } catch {
    return [];
  }
}
