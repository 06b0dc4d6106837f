import type { ItemKind } from "../catalog/catalog.js";
import { pageRoutes } from "../page/page-routes.js";
import { tokenPages, type TokenPageParts } from "../page/token-pages.js";
import { tokenRoutes } from "./api-tokens.js";
import { contentRoutes, partRoutes } from "./content.js";
import { identityRoutes } from "./identity.js";
import { downloadRoutes, plainTransferRoutes } from "./plain-transfers.js";
import { presignedUploadRoutes, uploadRoutes } from "./presigned-uploads.js";
import { repositoryRoutes } from "./repositories.js";
import type { Route } from "./route.js";
import type { TransferParts } from "./transfer-parts.js";
import { versionRoutes } from "./versions.js";

/** What all routes together stand on. */
export type RoutesParts = TransferParts & TokenPageParts;

/** The table of all that a registry answers. */
export function registryRoutes(parts: RoutesParts): readonly Route[] {
  return [
    ...identityRoutes(parts.codes),
    ...tokenRoutes(parts.tokens),
    ...(["model", "bento"] as const).flatMap((kind) => routesOf(kind, parts)),
    ...partRoutes(parts),
    ...downloadRoutes(parts),
    ...uploadRoutes(parts),
    ...pageRoutes(parts),
    ...tokenPages(parts),
  ];
}

function routesOf(kind: ItemKind, parts: RoutesParts): readonly Route[] {
  return [
    ...repositoryRoutes(kind, parts),
    ...versionRoutes(kind, parts),
    ...plainTransferRoutes(kind, parts),
    ...presignedUploadRoutes(kind, parts),
    ...contentRoutes(kind, parts),
  ];
}
