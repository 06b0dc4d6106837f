import type { Follow } from "../follow-of.js";
import type { Mount } from "../mount.js";
import type { CorsOptions } from "./cors.js";
import { classPlace } from "./mode.js";
import { recordService } from "./record.js";
import type { TrafficOptions } from "./traffic.js";

/** A class that can be a service: constructed without arguments. */
export type ServiceClass<T extends object = object> = new () => T;

/** What a service needs of the machine, all its workers together. */
export interface ResourceOptions {
  /**
   * GPUs; where all of a machine's are cut into MIG slices, a slice is one. A whole multiple of the workers is split
   * evenly, each worker pinned to its own; otherwise all workers share them. Below 1: a part of one, shared with other
   * services.
   */
  readonly gpu?: number | undefined;
  /** Cores, for where a service is deployed; `"500m"` is half a core. */
  readonly cpu?: number | string | undefined;
  /** Memory, for where a service is deployed: `"4Gi"`. */
  readonly memory?: string | undefined;
}

/** One worker whose devices are named. */
export interface WorkerOptions {
  /** Indices (`0`), UUIDs (`"GPU-5ba4..."`) or MIG slices (`"MIG-..."`). */
  readonly gpus: readonly (number | string)[];
}

/** Options of {@link service}. */
export interface ServiceOptions {
  /** Identity in headers, metrics and logs. @default the name of the class */
  readonly name?: string | undefined;
  /** For people: shown in schema.json, OpenAPI and on the page at `/`. */
  readonly description?: string | undefined;
  /** Put before every route, probe and page, but not before `/schema.json`: `"/v1"`. @default "" */
  readonly pathPrefix?: string | undefined;
  /** Free text pairs that travel with the service. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly traffic?: TrafficOptions | undefined;
  /** Apps of others below paths of the service, each made by `mount`. */
  readonly mounts?: readonly Mount[] | undefined;
  /** Which other origins' pages may call the service; the option `cors` of `serve()` goes before it. @default none */
  readonly cors?: boolean | CorsOptions | undefined;
  /**
   * Whether every answer says in `X-BentoML-Trace-ID` which trace it belongs to: that of the request's `traceparent`, else
   * one of its own. @default false
   */
  readonly traceId?: boolean | undefined;
  /**
   * Whether the service moves to newer models while it runs: `"latest"` follows every model that it declares without a
   * version, in the store and in the registry. @default false: what was newest at its start
   */
  readonly follow?: Follow | undefined;
  /** What the service needs of the machine. */
  readonly resources?: ResourceOptions | undefined;
  /**
   * How many processes run the service; `"cpu_count"` is one for each core that the process may use, without GPUs; a
   * list names the devices of each. @default 1
   */
  readonly workers?: number | "cpu_count" | readonly WorkerOptions[] | undefined;
}

/** {@link service} as both decorator worlds call it. */
export interface ServiceDecorator {
  (target: ServiceClass, context: ClassDecoratorContext): void;
  (target: ServiceClass): void;
}

/**
 * Makes a class a service: its `@api` methods become endpoints. Only records; the class stays the same object, and
 * nothing is read or checked before the service is used.
 *
 * A subclass inherits endpoints and hooks, but is a service only with its own `@service`, whose options stand alone.
 * Put it above other class decorators, so that the class they may have replaced is the service.
 * @throws BENTO_SERVICE_INVALID at definition when applied twice; when the service is used for options that cannot work
 */
export function service(options: ServiceOptions = {}): ServiceDecorator {
  return (...args: readonly unknown[]): void => {
    const { target, name } = classPlace("service", args);
    recordService(target, { name, options });
  };
}
