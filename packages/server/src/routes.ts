import type { BentoError } from "@bento/core";

import { openApiDocument } from "./docs/openapi.js";
import { assetFolder, pageAssets } from "./docs/page-paths.js";
import { schemaDocument } from "./docs/schema-document.js";
import type { ServiceOutline } from "./executor/outline.js";
import { type EndpointOptions, makeEndpointHandler } from "./http/endpoint.js";
import type { Metrics } from "./http/metrics.js";
import { answering, type Pipeline } from "./http/pipeline.js";
import type { HealthCheck } from "./health/health-check.js";
import { makeLivez, makeReadyz } from "./http/probes.js";
import { jsonType, type Reply, reply } from "./http/reply.js";
import { mountRoute } from "./mounts/mount-handler.js";
import { resumingHandlers } from "./replay/resuming-handlers.js";

/** What the routes of an app depend on. */
export interface RouteOptions {
  readonly service: ServiceOutline;
  readonly metrics: Metrics | undefined;
  /** What `/metrics` answers: of this process, or of several. */
  readonly metricsText: () => Promise<string>;
  readonly version: string;
  readonly hasAuth: boolean;
  readonly hasDocs: boolean;
  readonly isReady: () => boolean;
  /** Why not. */
  readonly trouble: () => BentoError | undefined;
  /** The exact models that it serves. */
  readonly models: () => readonly string[];
  /** Ask the service how it is, where it has anything to say. */
  readonly readiness: HealthCheck | undefined;
  readonly liveness: HealthCheck | undefined;
  readonly endpoints: EndpointOptions;
}

/**
 * Adds all routes of a service; where two want one path, the first holds, so that the service's own win.
 *
 * Everything lies below the path prefix. Probes lie at the root as well, and `/schema.json` only there, since that is
 * where BentoML's clients look.
 */
export function addRoutes(pipeline: Pipeline, options: RouteOptions): void {
  const { service } = options;
  for (const api of service.apis) {
    const post = makeEndpointHandler(api, options.endpoints);
    pipeline.add({
      path: service.pathPrefix + api.route,
      handlers: { POST: post, ...resumingHandlers(api, post, options.endpoints.keptStreams) },
      endpoint: api,
      codes: [200, 500],
    });
  }
  addProbes(pipeline, options);
  const schema = JSON.stringify(schemaDocument(service));
  pipeline.add({ path: "/schema.json", handlers: { GET: answering(() => reply(200, jsonType, schema)) } });
  for (const { path } of service.mounts) pipeline.add(mountRoute(service.pathPrefix, path, options.endpoints));
  // What is mounted at the root has a page of its own.
  if (options.hasDocs && !service.mounts.some(({ path }) => path === "/")) addDocs(pipeline, options);
}

function addProbes(pipeline: Pipeline, options: RouteOptions): void {
  const { service, metrics, metricsText, liveness } = options;
  const readyz = makeReadyz(options);
  const livez = makeLivez(liveness);
  for (const prefix of new Set([service.pathPrefix, ""])) {
    pipeline.add({ path: `${prefix}/livez`, handlers: { GET: livez }, isPublic: true, isQuiet: true });
    pipeline.add({ path: `${prefix}/healthz`, handlers: { GET: livez }, isPublic: true, isQuiet: true });
    pipeline.add({ path: `${prefix}/readyz`, handlers: { GET: readyz }, isPublic: true, isQuiet: true });
  }
  if (metrics) {
    const scrape = answering(async () => reply(200, metrics.contentType, await metricsText()));
    pipeline.add({ path: `${service.pathPrefix}/metrics`, handlers: { GET: scrape }, isUncounted: true, isQuiet: true });
  }
}

function addDocs(pipeline: Pipeline, options: RouteOptions): void {
  const { service, version, hasAuth, metrics } = options;
  const base = service.pathPrefix;
  const docs = answering(({ incoming }) => {
    const serverUrl = incoming.mount === "" ? "." : incoming.mount + base;
    return reply(
      200,
      jsonType,
      JSON.stringify(openApiDocument(service, { version, serverUrl, hasAuth, hasMetrics: metrics !== undefined })),
    );
  });
  // The page's own references are relative, so its address must end with a slash.
  const page = answering(async ({ incoming }) => {
    const path = URL.canParse(incoming.url) ? new URL(incoming.url).pathname : "/";
    return path.endsWith("/") ? (await loadPage()).pageReply(service, { hasAuth }) : slashAdded(path);
  });
  pipeline.add({ path: `${base}/docs.json`, handlers: { GET: docs } });
  // Browsers send no token for what is typed as an address: the page asks for it, and tells nothing before it has one.
  for (const path of new Set([`${base}/`, base || "/"])) pipeline.add({ path, handlers: { GET: page }, isPublic: true });
  for (const name of pageAssets) {
    const asset = answering(async ({ incoming }) => (await loadPage()).assetReply(name, incoming.header("if-none-match")));
    pipeline.add({ path: `${base}/${assetFolder}/${name}`, handlers: { GET: asset }, isPublic: true });
  }
}

/** With the first who asks for it: most servers are never looked at. */
const loadPage = () => import("./docs/page.js");

/** A relative redirect by the last part of the path alone; `./` keeps it from being read as anything but a path. */
function slashAdded(path: string): Reply {
  return { status: 307, headers: ["location", `./${path.slice(path.lastIndexOf("/") + 1)}/`], body: "" };
}
