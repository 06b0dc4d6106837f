import { remoteFailure } from "../../remote-failure.js";
import type { Undertaking } from "./failures.js";
import { foldersAbove, kindOf } from "./server-path.js";
import type { SftpClient } from "./sftp-client.js";
import { SftpStatus } from "./sftp-session.js";

/** Makes the folders above a server's path that are not there. @throws what the session throws; BENTO_TRANSFER_FAILED where one of them is a file */
export async function makeFoldersAbove(client: SftpClient, path: string, under: Undertaking): Promise<void> {
  const missing: string[] = [];
  for (const folder of foldersAbove(path)) {
    if (await isFolder(client, folder, under)) break;
    missing.push(folder);
  }
  for (const folder of missing.toReversed()) await makeFolder(client, folder, under);
}

/** Makes one folder; one that is there is fine. */
export async function makeFolder(client: SftpClient, folder: string, under: Undertaking): Promise<void> {
  try {
    await client.makeFolder(folder);
  } catch (error) {
    // Servers have no answer of its own for what is there already; somebody else may have been faster.
    if (!(error instanceof SftpStatus) || !(await isFolder(client, folder, under))) throw error;
  }
}

async function isFolder(client: SftpClient, folder: string, under: Undertaking): Promise<boolean> {
  const there = await client.stat(folder, { followLinks: true });
  if (there === undefined) return false;
  if (kindOf(there) === "folder") return true;
  throw remoteFailure({ ...under, reason: `${JSON.stringify(folder)} is a file, where a folder is needed` });
}
