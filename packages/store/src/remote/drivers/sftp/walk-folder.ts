import { statusCodes } from "./packets.js";
import { kindOf } from "./server-path.js";
import { isStatus, type FolderItem, type SftpClient } from "./sftp-client.js";
import { SftpStatus } from "./sftp-session.js";

/** Folders that are asked about at the same time. */
const foldersAtOnce = 8;
/** No server has longer paths; one without end is made up. */
const longestPath = 4096;

/** Something in a folder. */
export interface Found {
  /** Below the folder that was asked for, `/` between its parts. */
  readonly path: string;
  readonly item: FolderItem;
}

/** Everything below a folder, as it comes, links not followed. Nothing for a folder that is not there, or is none. @throws Error for names that no file can have */
export async function* walkFolder(client: SftpClient, folder: string): AsyncGenerator<Found, void> {
  const waiting = [""];
  const asked = new Map<string, Promise<{ readonly below: string; readonly items: readonly FolderItem[] }>>();
  for (;;) {
    while (waiting.length > 0 && asked.size < foldersAtOnce) {
      const below = waiting.shift() as string;
      const reading = readWhole(client, below === "" ? folder : joined(folder, below)).then((items) => ({ below, items }));
      reading.catch(() => {});
      asked.set(below, reading);
    }
    if (asked.size === 0) return;
    const { below, items } = await Promise.race(asked.values());
    asked.delete(below);
    for (const item of items) {
      const path = checkedPath(below, item.name);
      if (path === undefined) continue;
      if (kindOf(item.attributes) === "folder") waiting.push(path);
      yield { path, item };
    }
  }
}

/** A path below a folder. */
export function joined(folder: string, path: string): string {
  return folder.endsWith("/") ? folder + path : `${folder}/${path}`;
}

async function readWhole(client: SftpClient, folder: string): Promise<readonly FolderItem[]> {
  let handle;
  try {
    handle = await client.openFolder(folder);
  } catch (error) {
    // Gone in the meantime, or a file, which servers have no common answer for.
    if (isStatus(error, statusCodes.noSuchFile) || (error instanceof SftpStatus && !(await isFolder(client, folder)))) return [];
    throw error;
  }
  try {
    const all: FolderItem[] = [];
    for (let items = await client.readFolder(handle); items !== undefined; items = await client.readFolder(handle)) all.push(...items);
    return all;
  } finally {
    client.close(handle).catch(() => {});
  }
}

async function isFolder(client: SftpClient, path: string): Promise<boolean> {
  const there = await client.stat(path, { followLinks: true });
  return there !== undefined && kindOf(there) === "folder";
}

/** @returns `undefined` for the folder itself and the one above */
function checkedPath(below: string, name: string | undefined): string | undefined {
  if (name === "." || name === "..") return undefined;
  // oxlint-disable-next-line no-control-regex -- that is what must not be in a name
  if (name === undefined || name === "" || /[/\\\0-\x1f\x7f]/.test(name)) {
    throw new Error(
      `the server lists ${name === undefined ? "a name that is not UTF-8" : JSON.stringify(name)}, which is not taken for a name`,
    );
  }
  const path = below === "" ? name : `${below}/${name}`;
  if (path.length > longestPath) throw new Error(`the server lists a path of more than ${longestPath} characters`);
  return path;
}
