import { BentoError } from "@bento/core";
import type { TreeFile } from "../../../tree/tree.js";

/** The error of a file that is not what the archive was begun with. */
export function sizeChanged({ path, size }: TreeFile, found: number): BentoError {
  return new BentoError("BENTO_TRANSFER_FAILED", `${JSON.stringify(path)} had ${size} bytes when it was listed, and now ${found}.`, {
    hint: "Export again when nothing writes to the files any more.",
  });
}
