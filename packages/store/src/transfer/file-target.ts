import { BentoError } from "@bento/core";
import { lstat, open, realpath, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "../disk/durability.js";
import { isErrno } from "../disk/store-failure.js";
import { checkSignal } from "../store/cancellation.js";
import { StagedTarget, removeStalePartials } from "./staged-target.js";
import { transferFailure, transferring } from "./transfer-failure.js";
import { writeChunks } from "./write-chunks.js";

/** What writing to a target needs to know. */
export interface TargetOptions {
  readonly signal: AbortSignal;
  /** Called when all bytes are there, before they are made durable and visible. */
  readonly onFinish: () => void;
}

/**
 * Writes a stream to a file, which appears whole or not at all: a partial beside it is renamed when it is on the disk.
 * A file that is there already is replaced; a link to a file stays, and the file behind it is replaced.
 * @param target absolute
 * @returns bytes written
 * @throws BENTO_TARGET_EXISTS when something other than a file is there; BENTO_TRANSFER_FAILED when the folder is missing or the disk refuses; BENTO_CANCELLED; what the stream throws
 */
export async function writeFileTarget(target: string, content: AsyncIterable<Uint8Array>, options: TargetOptions): Promise<number> {
  const place = await placeOf(target);
  const folder = dirname(place);
  await checkFolder(folder, target);
  await removeStalePartials(folder);
  await using partial = new StagedTarget(place);
  const failure = (error: unknown): unknown => transferFailure(error, "write", target);
  const doing = `Writing ${JSON.stringify(target)}`;
  const file = await transferring("write", target, () => open(partial.path, "wx"));
  let size;
  try {
    size = await writeChunks(file, content, { failure, signal: options.signal, doing });
    options.onFinish();
    await transferring("write", target, () => file.sync());
  } finally {
    await file.close();
  }
  checkSignal(options.signal, doing);
  await transferring("write", target, async () => {
    await rename(partial.path, place);
    await syncFolder(folder);
  });
  return size;
}

/** The target, or the file that it is a link to. */
async function placeOf(target: string): Promise<string> {
  const link = await stateOf(target, lstat);
  if (link === undefined || link.isFile()) return target;
  const state = link.isSymbolicLink() ? await stateOf(target, stat) : link;
  if (state === undefined || state.isFile()) return state === undefined ? target : transferring("read", target, () => realpath(target));
  throw new BentoError(
    "BENTO_TARGET_EXISTS",
    `${JSON.stringify(target)} is ${state.isDirectory() ? "a folder" : "no file"}, and is not replaced.`,
    {
      hint: state.isDirectory() ? "Name another path." : "Name another path; where no file is wanted, give a stream.",
    },
  );
}

async function stateOf(path: string, look: typeof stat): Promise<Awaited<ReturnType<typeof stat>> | undefined> {
  try {
    return await look(path);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw transferFailure(error, "write", path);
  }
}

async function checkFolder(folder: string, target: string): Promise<void> {
  for (let above = folder; ; above = dirname(above)) {
    const state = await stateOf(above, stat);
    if (state?.isDirectory()) {
      if (above === folder) return;
      throw cannotWrite(
        target,
        `there is no folder ${JSON.stringify(folder)}`,
        "Make the folder first, or look for a mistake in the path.",
      );
    }
    if (state !== undefined) {
      throw cannotWrite(target, `${JSON.stringify(above)} is a file, where a folder is needed`, "Look for a mistake in the path.");
    }
  }
}

function cannotWrite(target: string, why: string, hint: string): BentoError {
  return new BentoError("BENTO_TRANSFER_FAILED", `Cannot write ${JSON.stringify(target)}: ${why}.`, { hint });
}
