import type { ServiceSpec } from "@bento/sdk";
import { publicMembersWithoutEndpoint } from "@bento/sdk/runtime";

import type { Logger } from "./http/log.js";

/** Tells where a service listens, what it offers, and what looks like an endpoint but is none. */
export function announce(logger: Logger, spec: ServiceSpec, url: string): void {
  const endpoints = spec.apis.map((api) => `POST ${spec.pathPrefix}${api.route}`);
  logger.info({ url, endpoints, workers: 1 }, `${spec.name} listens on ${url}`);
  const members = publicMembersWithoutEndpoint(spec);
  if (members.length > 0) {
    const names = members.join(", ");
    logger.warn({ members }, `Public methods of ${spec.name} that are no endpoints: ${names}. Mark them private or protected.`);
  }
}
