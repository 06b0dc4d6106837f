import { BentoError } from "@bento/core";
import { aboutOf, examineContent } from "../blobs/examine.js";
import { takeIn } from "../blobs/intake.js";
import type { Version } from "../catalog/catalog.js";
import type { Push } from "../catalog/push-catalog.js";
import type { RouteContext } from "./route.js";
import type { TransferParts } from "./transfer-parts.js";

/**
 * Takes a tar in and publishes it. Where that fails the push is given up, and the version says why: nothing of it was
 * visible, and what it stored goes with the next collection.
 */
export async function receiveTar(
  { catalog, blobs }: Pick<TransferParts, "catalog" | "blobs">,
  push: Push,
  tar: AsyncIterable<Uint8Array>,
  context: RouteContext,
): Promise<Version> {
  const { id, kind, name, version } = push;
  const signal = context.get("signal");
  try {
    const content = await takeIn(tar, { catalog, blobs, push: id, signal });
    const item = await examineContent(content, { kind, name, version }, { blobs, signal });
    const present = await catalog.version(kind, name, version);
    await catalog.setPushContent(id, content);
    // A token may have been revoked while all this came.
    await context.get("recheck")();
    return await catalog.publishPush(id, { about: aboutOf(item, present ?? { manifest: {} }) });
  } catch (error) {
    await catalog.abortPush(id);
    const reason = BentoError.from(error).toWire().message;
    await catalog.updateUpload(kind, name, version, { uploadStatus: "failed", uploadFinishedReason: reason, uploadId: null });
    throw error;
  }
}
