import { pageRoutes } from "../page/page-routes.js";
import { tokenPages, type TokenPageParts } from "../page/token-pages.js";
import { tokenRoutes } from "./api-tokens.js";
import { identityRoutes } from "./identity.js";
import { repositoryRoutes } from "./repositories.js";
import type { Route } from "./route.js";
import type { TransferParts } from "./transfer-parts.js";
import { transferRoutes } from "./transfer-routes.js";
import { versionRoutes } from "./versions.js";

/** What all routes together stand on. */
export type RoutesParts = TransferParts & TokenPageParts;

/** The table of all that a registry answers. */
export function registryRoutes(parts: RoutesParts): readonly Route[] {
  return [
    ...identityRoutes(parts.codes),
    ...tokenRoutes(parts.tokens),
    ...(["model", "bento"] as const).flatMap((kind) => [...repositoryRoutes(kind, parts), ...versionRoutes(kind, parts)]),
    ...transferRoutes(parts),
    ...pageRoutes(parts),
    ...tokenPages(parts),
  ];
}
