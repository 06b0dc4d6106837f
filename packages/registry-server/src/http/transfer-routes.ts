import { WholeFiles } from "../blobs/whole-files.js";
import { contentRoutes, partRoutes } from "./content.js";
import { downloadRoutes, plainTransferRoutes } from "./plain-transfers.js";
import { presignedUploadRoutes, uploadRoutes } from "./presigned-uploads.js";
import type { Route } from "./route.js";
import type { TransferParts } from "./transfer-parts.js";

/** All routes that bytes of models and bentos travel by. */
export function transferRoutes(parts: TransferParts): readonly Route[] {
  const wholeFiles = new WholeFiles(parts.blobs);
  const ofKinds = (["model", "bento"] as const).flatMap((kind) => [
    ...contentRoutes(kind, parts, wholeFiles),
    ...plainTransferRoutes(kind, parts),
    ...presignedUploadRoutes(kind, parts),
  ]);
  return [...partRoutes(parts, wholeFiles), ...downloadRoutes(parts), ...uploadRoutes(parts), ...ofKinds];
}
