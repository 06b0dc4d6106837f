import type { ServiceSpec } from "@bento/sdk";
import { publicMembersWithoutEndpoint } from "@bento/sdk/runtime";

import type { Logger } from "./http/log.js";
import type { WorkersPlan } from "./workers/plan.js";

/** Tells where a service listens, what it offers, where its calls run, and what looks like an endpoint but is none. */
export function announce(logger: Logger, spec: ServiceSpec, url: string, { mode, workers }: Pick<WorkersPlan, "mode" | "workers">): void {
  const endpoints = spec.apis.map((api) => `POST ${spec.pathPrefix}${api.route}`);
  logger.info({ url, endpoints, mode, workers: workers.length }, `${spec.name} listens on ${url}${places[mode](workers.length)}`);
  const members = publicMembersWithoutEndpoint(spec);
  if (members.length > 0) {
    // What is private or protected in TypeScript looks public here.
    const cure = "Add @api() to offer one; a helper is told from a forgotten endpoint by #private, or a name that begins with _.";
    logger.warn({ members }, `Methods of ${spec.name} that are no endpoints: ${members.join(", ")}. ${cure}`);
  }
}

/** How the first line says where calls run. */
const places: Readonly<Record<WorkersPlan["mode"], (count: number) => string>> = {
  "in-process": () => "",
  "shared-port": (count) => `, where ${counted(count)} the connections`,
  pool: (count) => `, and ${counted(count)} the calls`,
};

function counted(count: number): string {
  return count === 1 ? "1 worker process takes" : `${count} worker processes take`;
}
