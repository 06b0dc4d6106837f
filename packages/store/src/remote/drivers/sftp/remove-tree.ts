import { checkSignal } from "../../../store/cancellation.js";
import { statusCodes } from "./packets.js";
import { kindOf } from "./server-path.js";
import { isStatus, type SftpClient } from "./sftp-client.js";
import { joined, walkFolder } from "./walk-folder.js";

/** Removes a file, a link, or a folder with all that is in it. What is not there, or not any more, is fine. */
export async function removeTree(client: SftpClient, path: string, signal: AbortSignal | undefined): Promise<void> {
  const attributes = await client.stat(path, { followLinks: false });
  if (attributes === undefined) return;
  if (kindOf(attributes) !== "folder") return unlessGone(client.removeFile(path));
  const folders: string[] = [];
  for await (const { path: below, item } of walkFolder(client, path)) {
    checkSignal(signal, `Deleting ${JSON.stringify(path)}`);
    if (kindOf(item.attributes) === "folder") folders.push(below);
    else await unlessGone(client.removeFile(joined(path, below)));
  }
  // A folder is found before those in it.
  for (const below of folders.toReversed()) {
    checkSignal(signal, `Deleting ${JSON.stringify(path)}`);
    await unlessGone(client.removeFolder(joined(path, below)));
  }
  await unlessGone(client.removeFolder(path));
}

async function unlessGone(removing: Promise<void>): Promise<void> {
  try {
    await removing;
  } catch (error) {
    if (!isStatus(error, statusCodes.noSuchFile)) throw error;
  }
}
