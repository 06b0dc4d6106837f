import type { ServiceDocument } from "@bento/client";
import type { WorkerInfo } from "@bento/core";
import type { CorsOptions, ServiceSpec } from "@bento/sdk";

import { openAdmission, waitsInLine } from "./admission/admission.js";
import { LineCounter } from "./admission/line-counter.js";
import { defaultMaxSpoolBytes, type SpoolRoom, spoolRoomOf } from "./bodies/spool-room.js";
import { schemaDocument } from "./docs/schema-document.js";
import type { UrlGates } from "./egress/url-gate.js";
import type { Executor, StartedService } from "./executor/executor.js";
import type { ServiceOutline } from "./executor/outline.js";
import type { Complaint } from "./health/ask-hooks.js";
import type { Following } from "./follow/follow-latest.js";
import { HealthCheck } from "./health/health-check.js";
import { makeAuthenticator } from "./http/auth.js";
import { defaultMaxBodyBytes } from "./http/body-limit.js";
import { Deadlines } from "./http/deadlines.js";
import type { Guard } from "./http/host-guard.js";
import type { JointMetrics } from "./http/joint-metrics.js";
import { type Logger, logFailure } from "./http/log.js";
import { Metrics } from "./http/metrics.js";
import { Pipeline } from "./http/pipeline.js";
import { type AppOptions, checkInteger, drainTimeOf } from "./options.js";
import { KeptStreams } from "./replay/kept-streams.js";
import { addRoutes } from "./routes.js";
import { limitedBy } from "./spec-overrides.js";

/** What calls get that came through no connection, once all of those are closed. Milliseconds. */
const afterDrainMs = 1000;

/** What the process adds whose connections an app answers. */
export interface DoorParts {
  /** Called once. */
  readonly makeGuard?: (() => Guard) | undefined;
  /** Whether the server is draining. */
  readonly isDraining?: (() => boolean) | undefined;
  /** Whether connections shall end after their next answer. @default while draining */
  readonly isClosing?: (() => boolean) | undefined;
  /** Milliseconds that workers get to finish. */
  readonly graceMs?: number | undefined;
  /** Who this process is, where it is a worker that answers by itself. */
  readonly worker?: WorkerInfo | undefined;
  /** The metrics that those of this app are a part of. */
  readonly jointMetrics?: JointMetrics | undefined;
}

/** What an app is made of. */
export interface BentoAppParts {
  readonly spec: ServiceSpec;
  readonly pipeline: Pipeline;
  readonly executor: Executor;
  readonly keptStreams: KeptStreams;
  readonly metrics: Metrics | undefined;
  readonly cors: boolean | CorsOptions;
  /** What `/schema.json` answers now. */
  readonly document: () => ServiceDocument;
  /** Whether connections shall end after their next answer. */
  readonly isClosing: () => boolean;
  /** Milliseconds that requests in flight get to finish when it is closed. */
  readonly drainTimeoutMs: number;
  /** Told what the service is after a reload. */
  readonly onReload: (service: ServiceOutline) => void;
  /** What sees to newer models, where the service follows them. */
  readonly following?: Following | undefined;
}

/**
 * What an app is made of, as far as it is there before its service has started: wrong options are told before that.
 * @returns adds what the service is, and its routes
 * @throws BENTO_CONFIG_INVALID for options that cannot work
 */
export async function prepareParts(
  spec: ServiceSpec,
  options: AppOptions,
  parts: DoorParts,
): Promise<(started: StartedService) => BentoAppParts> {
  const { makeGuard, isDraining = () => false, isClosing = isDraining, worker, jointMetrics, graceMs } = parts;
  const { logger, version = "not available", accessLog = false } = options;
  const maxBodyBytes = checkInteger("maxBodyBytes", options.maxBodyBytes ?? defaultMaxBodyBytes, 0, Number.MAX_SAFE_INTEGER);
  const maxSpoolBytes = checkInteger("maxSpoolBytes", options.maxSpoolBytes ?? defaultMaxSpoolBytes, 0, Number.MAX_SAFE_INTEGER);
  const spoolRoom = spoolRoomOf(maxSpoolBytes, maxBodyBytes, worker?.count);
  const urls = await openUrlGates(options, maxBodyBytes, spoolRoom);
  // By the time that a server closes its app, its connections have had theirs.
  const drainTimeoutMs = Math.min(drainTimeOf(options), graceMs === undefined ? Infinity : afterDrainMs);
  const authenticate = options.auth && makeAuthenticator(options.auth);
  const metrics = options.metrics === false ? undefined : new Metrics({ service: spec.name, version });
  if (metrics) jointMetrics?.join(metrics);
  const deadlines = new Deadlines(spec.traffic.timeoutMs);
  const pipeline = new Pipeline({
    service: spec.name,
    hasTraceId: spec.traceId,
    metrics,
    authenticate,
    guard: makeGuard?.(),
    deadlines,
    logger,
    accessLog,
    worker,
  });
  const keptStreams = new KeptStreams();
  let line: LineCounter | undefined;
  return ({ executor, outline }) => {
    const open = (started: ServiceOutline): ServiceDocument => {
      const service = limitedBy(started, options.timeout);
      const { traffic } = service;
      const routes = new Map(service.apis.map(({ name, route }) => [name, service.pathPrefix + route]));
      metrics?.countBatches(() => executor.batches?.() ?? {}, routes);
      metrics?.showModels(() => executor.models?.() ?? {});
      if (metrics && waitsInLine(traffic)) metrics.countLine((line ??= new LineCounter()));
      addRoutes(pipeline, {
        service,
        metrics,
        metricsText: async () => {
          metrics?.takeMeasures((await executor.questions?.measures()) ?? {});
          const text = (await (jointMetrics ?? metrics)?.text()) ?? "";
          return service.asks.metrics ? ((await executor.questions?.rewriteMetrics(text)) ?? text) : text;
        },
        version,
        hasAuth: authenticate !== undefined,
        hasDocs: options.docs !== false,
        isReady: () => executor.isReady && !isDraining(),
        trouble: () => executor.trouble,
        models: () => Object.keys(executor.models?.() ?? {}),
        readiness: service.asks.readiness ? healthCheck(executor, "ask:readiness", logger) : undefined,
        liveness: service.asks.liveness ? healthCheck(executor, "ask:liveness", logger) : undefined,
        endpoints: {
          executor,
          maxBodyBytes,
          spoolRoom,
          urls,
          keptStreams,
          admission: openAdmission(traffic, worker?.count, line),
          deadlines: new Deadlines(traffic.timeoutMs),
          onLateError: (call, error) => logger && logFailure(logger, call, error),
        },
      });
      return schemaDocument(service) as ServiceDocument;
    };
    let document = open(outline);
    return {
      spec,
      pipeline,
      executor,
      keptStreams,
      metrics,
      cors: options.cors ?? spec.cors ?? false,
      document: () => document,
      isClosing,
      drainTimeoutMs,
      onReload: (reloaded) => {
        pipeline.clear();
        document = open(reloaded);
      },
    };
  };
}

/** Loads what URLs in place of files need, where these are on. */
async function openUrlGates({ urlInputs }: AppOptions, maxBodyBytes: number, room: SpoolRoom): Promise<UrlGates | undefined> {
  if (urlInputs === undefined) return undefined;
  const [{ urlInputRules }, { UrlGates: Gates }] = await Promise.all([import("./egress/url-inputs.js"), import("./egress/url-gate.js")]);
  const rules = urlInputRules(urlInputs, maxBodyBytes);
  return rules && new Gates(rules, room);
}

function healthCheck({ questions }: Executor, question: "ask:readiness" | "ask:liveness", logger: Logger | undefined): HealthCheck {
  const ask = async (): Promise<Complaint> => (await questions?.complaint(question)) ?? null;
  const [, what] = question.split(":");
  return new HealthCheck(ask, (complaint) => logger?.warn({ ...complaint }, `The service does not pass its ${what} check.`));
}
