import type { ServiceSpec } from "@bento/sdk";
import { publicMembersWithoutEndpoint } from "@bento/sdk/runtime";

import type { Logger } from "./http/log.js";

/** Tells where a service listens, what it offers, and what looks like an endpoint but is none. */
export function announce(logger: Logger, spec: ServiceSpec, url: string): void {
  const endpoints = spec.apis.map((api) => `POST ${spec.pathPrefix}${api.route}`);
  logger.info({ url, endpoints, workers: 1 }, `${spec.name} listens on ${url}`);
  const members = publicMembersWithoutEndpoint(spec);
  if (members.length > 0) {
    // What is private or protected in TypeScript looks public here.
    const cure = "Add @api() to offer one; a helper is told from a forgotten endpoint by #private, or a name that begins with _.";
    logger.warn({ members }, `Methods of ${spec.name} that are no endpoints: ${members.join(", ")}. ${cure}`);
  }
}
