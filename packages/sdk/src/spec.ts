import type { BatchPolicy, BentoIssue, Context, JsonSchema } from "@bento/core";

import type { CorsOptions } from "./decorators/cors.js";
import type { Fairness, Priorities } from "./decorators/traffic.js";
import type { FollowSpec } from "./follow-of.js";
import type { Mount } from "./mount.js";

/** The outcome of validating one value. */
export type SchemaResult = { readonly value: unknown; readonly issues?: undefined } | { readonly issues: readonly BentoIssue[] };

/** A schema as the runtime uses it, whichever library it came from. */
export interface ApiSchema {
  /** Whether the schema is a plain object, whose properties are BentoML's keyword arguments; anything else is one root value. */
  readonly isObject: boolean;
  /**
   * Never throws for a bad value; a synchronous schema answers synchronously, which keeps promises off the request path.
   * @param isBrief whether the first problem will do; a library that cannot stop there tells of all
   */
  validate(value: unknown, isBrief?: boolean): SchemaResult | Promise<SchemaResult>;
  /** The JSON Schema of what goes in (`input`) or comes out (`output`); made on first use and kept. */
  jsonSchema(side: "input" | "output"): Promise<JsonSchema>;
}

/** How the calls of a batchable endpoint are gathered. */
export interface BatchSpec {
  /** Items that one call of the method may get. A whole number, at least 1. */
  readonly maxSize: number;
  /** Milliseconds from arrival within which a request is to be answered; what cannot be is refused early. */
  readonly maxLatencyMs: number;
  /** The dimension along which inputs are joined: 0 is the array itself, 1 the arrays in it. */
  readonly inputDim: number;
  /** The dimension along which the output is cut. */
  readonly outputDim: number;
  /** The user's own policy, in place of the default one. */
  readonly policy: BatchPolicy | undefined;
}

/** How the calls of a step-wise endpoint run together. */
export interface ContinuousSpec {
  /** Sequences that may run at once. A whole number, at least 1. */
  readonly maxSize: number;
}

/** One endpoint of a service. */
export interface ApiSpec {
  /** Its name on the wire: the option `name`, else the method's. */
  readonly name: string;
  /** The method's own name. */
  readonly member: string;
  /** Path below the service's prefix, starting with `/`; a segment like `{key}` stands for any. */
  readonly route: string;
  readonly description: string | undefined;
  readonly input: ApiSchema;
  readonly output: ApiSchema;
  /** Whether the method is a generator or step-wise, so that its answer is a stream of items that each satisfy `output`. */
  readonly stream: boolean;
  /** How its streams are kept for callers that come back; `undefined` where they are not. */
  readonly replay: ReplaySpec | undefined;
  /** How its calls are gathered into batches; `undefined` where each runs by itself. */
  readonly batch: BatchSpec | undefined;
  /** How its calls run together that come and go between the steps of its method; `undefined` where it is not step-wise. */
  readonly continuous: ContinuousSpec | undefined;
  /** Calls the method on an instance with a validated input; a step-wise one with the sequences that run. */
  readonly invoke: (instance: object, input: unknown, ctx: Context) => unknown;
}

/** How streams are kept for callers whose connection breaks. */
export interface ReplaySpec {
  /** Items that are kept after they were sent. */
  readonly items: number;
  /** Bytes that are kept after they were sent, as they are sent. */
  readonly bytes: number;
  /** Milliseconds that a stream goes on without a reader. */
  readonly graceMs: number;
}

/** A lifecycle hook of a service. `deployment` hooks are static and run without an instance. */
export interface HookSpec {
  readonly member: string;
  /** @param given what it gets, where it gets anything */
  readonly run: (instance: object | undefined, given?: unknown) => unknown;
}

/** Everything the runtime knows about a service, read from its class once, on first use. */
export interface ServiceSpec {
  readonly name: string;
  readonly description: string | undefined;
  /** `""`, or `/v1`: put before every route, probe and page, but not before `/schema.json`. */
  readonly pathPrefix: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly traffic: {
    /** Milliseconds a call may take until its first byte of answer. */
    readonly timeoutMs: number;
    /** Calls that may run at once; more are refused with 429, or wait where `fairness` or `priorities` is given. */
    readonly maxConcurrency: number | undefined;
    /** Calls that may wait at once before anything works on them; more are refused with 503. `undefined`: as many as come. */
    readonly maxQueue: number | undefined;
    /** Who counts as one client; the header's name in lower case. `undefined`: nobody is told apart. */
    readonly fairness: Fairness | undefined;
    /** Who says how urgent a call is. `undefined`: all are equally urgent. */
    readonly priorities: Priorities | undefined;
  };
  readonly resources: {
    /** GPUs of all workers together. */
    readonly gpu: number | undefined;
    readonly cpu: number | string | undefined;
    readonly memory: string | undefined;
  };
  /** How many processes run it, or the devices of each. */
  readonly workers: number | "cpu_count" | readonly { readonly gpus: readonly string[] }[] | undefined;
  /** Sorted by name, as BentoML lists them. */
  readonly apis: readonly ApiSpec[];
  readonly startup: readonly HookSpec[];
  readonly shutdown: readonly HookSpec[];
  readonly deployment: readonly HookSpec[];
  /** What says whether it can work, and whether it lives; each answers a boolean. */
  readonly readiness: readonly HookSpec[];
  readonly liveness: readonly HookSpec[];
  /** What rewrites the text of `/metrics`, which each is given. */
  readonly metrics: readonly HookSpec[];
  readonly mounts: readonly Mount[];
  readonly cors: boolean | CorsOptions | undefined;
  /** Whether answers carry the id of their trace. */
  readonly traceId: boolean;
  /** How it moves to newer models while it runs; `undefined` where it does not. */
  readonly follow: FollowSpec | undefined;
  /** Whether hooks and endpoints are functions of a module, so that two instances in one process would share what they keep. */
  readonly sharesState: boolean;
  /** The class behind the spec. */
  readonly target: new () => object;
}
