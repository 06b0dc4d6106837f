import type { StandardSchemaV1 } from "@standard-schema/spec";

import type { DataFrame } from "./table/data-frame.js";
import type { Tensor } from "./tensor/tensor.js";

/** Any schema that follows Standard Schema: zod 4, zod 3, valibot, arktype ... */
export type Schema<Input = unknown, Output = Input> = StandardSchemaV1<Input, Output>;

/** What goes into a schema: the caller's side of an input, the method's side of an output. */
export type SchemaInput<S extends Schema> = StandardSchemaV1.InferInput<S>;
/** What comes out of a schema: the method's side of an input, the caller's side of an output. */
export type SchemaOutput<S extends Schema> = StandardSchemaV1.InferOutput<S>;

/** Key of the mark that {@link Args} leaves in a type; never present at run time. */
export declare const sent: unique symbol;
/** Key of the mark that {@link Returns} leaves in a type; never present at run time. */
export declare const got: unique symbol;

/**
 * Carries the other side of a schema in a type without changing what the type accepts. `unknown` and nullish roots cannot
 * carry it. Both sides are boxed: an optional property alone would lose an `undefined`, and the mark must come off again.
 */
export type Mark<Key extends symbol, Here, There> = unknown extends Here
  ? Here
  : Here extends null | undefined
    ? Here
    : Here & { readonly [K in Key]?: readonly [here: Here, there: There] };

/**
 * What a method receives for a schema: `async classify({ images }: Args<typeof Images>)`.
 * Carries along what a caller may send, so that a typed client knows that defaults are optional and transforms not yet applied.
 */
export type Args<S extends Schema> = Mark<typeof sent, SchemaOutput<S>, SchemaInput<S>>;

/**
 * What a method may return for a schema: `Promise<Returns<typeof Label>>`.
 * Carries along what a caller gets: defaults filled in, transforms applied.
 */
export type Returns<S extends Schema> = Mark<typeof got, SchemaInput<S>, SchemaOutput<S>>;

/** Any item of an array may be an error instead. */
type OrErrors<T> = T extends readonly unknown[] ? { [K in keyof T]: T[K] | Error } : T;

/** A type as it is, except that an item of it, or of an array that it holds, may be an error instead. */
export type WithErrors<T> = unknown extends T
  ? T
  : T extends readonly unknown[]
    ? OrErrors<T>
    : T extends ArrayBufferView | Tensor | DataFrame<object>
      ? T
      : T extends object
        ? { [K in keyof T]: OrErrors<T[K]> }
        : T;

/**
 * What a batchable method may return for a schema: as {@link Returns}, and an `Error` in the place of any item, which
 * then fails the request of that item alone.
 */
export type BatchReturns<S extends Schema> = Mark<typeof got, WithErrors<SchemaInput<S>>, SchemaOutput<S>>;

/** What a caller sends for a parameter's type: the other side where {@link Args} marked one, else the type itself. */
export type Sent<T> = unknown extends T
  ? T
  : T extends { readonly [sent]?: readonly [unknown, infer There] }
    ? typeof sent extends keyof T
      ? There
      : T
    : T;

/**
 * What a caller gets for a result's type: the other side where {@link Returns} marked one, else the type itself. A
 * parameter that is returned as it came has no other side any more.
 * Of a response that a method makes by itself nothing is known.
 */
export type Got<T> = unknown extends T ? T : T extends Response ? unknown : GotValue<T>;

type GotValue<T> = T extends { readonly [got]?: readonly [unknown, infer There]; readonly [sent]?: readonly [infer Here, unknown] }
  ? typeof got extends keyof T
    ? There
    : typeof sent extends keyof T
      ? Here
      : T
  : T;

/** Who a request was authenticated as. */
export interface Identity {
  readonly id: string;
  readonly [claim: string]: unknown;
}

/** The request as a method sees it: what came besides the input. */
export interface ContextRequest {
  readonly method: string;
  /** Absolute URL, as the caller wrote it. */
  readonly url: string;
  readonly headers: Headers;
  /** What stands in the path for each `{name}` of the route, percent-decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** The cookies that came along; of one name the first, which is of the most specific path. */
  readonly cookies: Readonly<Record<string, string>>;
}

/** How long a cookie lives, and where it is sent. */
export interface CookieOptions {
  /** Seconds that it lives; 0 removes it. @default as long as the browser runs */
  readonly maxAge?: number | undefined;
  /** When it ends, where no `maxAge` says so. */
  readonly expires?: Date | undefined;
  /** @default "/" */
  readonly path?: string | undefined;
  /** @default this host alone */
  readonly domain?: string | undefined;
  /** Whether it is sent over HTTPS alone. @default false */
  readonly secure?: boolean | undefined;
  /** Whether scripts of a page cannot read it. @default false */
  readonly httpOnly?: boolean | undefined;
  /** Whether pages of other sites send it along; `"none"` needs `secure`. @default "lax" */
  readonly sameSite?: "lax" | "strict" | "none" | undefined;
}

/** What a method may add to its answer. */
export interface ContextResponse {
  /** Overrides the status of a successful answer; leave it undefined for 200. */
  status: number | undefined;
  /** Added to the answer. Framing and identification headers of the server win over these. */
  readonly headers: Headers;
  /**
   * Adds a cookie. Any text can be a value: what a header cannot hold is quoted as Python quotes it.
   * @throws BENTO_INTERNAL for a name, path or domain that no cookie can have
   */
  setCookie(name: string, value: string, options?: CookieOptions): void;
}

/** Where a service instance runs. In the server's own process it is worker 1 of 1, without devices of its own. */
export interface WorkerInfo {
  /** Which of the workers this is, from 1. */
  readonly index: number;
  /** How many there are. */
  readonly count: number;
  /**
   * The devices that the server gave to this worker, as its device variable names them: `["0"]`, `["GPU-5ba4..."]`. Empty
   * where it was given none: then it sees what the server sees. Inside the worker they are counted from 0, whatever they
   * are called here: with one device a worker, that device is 0.
   */
  readonly devices: readonly string[];
}

/** What an endpoint knows about the call it is working on: its second argument, and `getContext()` anywhere below it. */
export interface Context {
  readonly request: ContextRequest;
  readonly response: ContextResponse;
  /** Aborted when the caller goes away, the deadline passes or the server stops waiting. */
  readonly signal: AbortSignal;
  /** 16 hex digits, also in the answer's `x-bentoml-request-id` header and in the log. */
  readonly requestId: string;
  /** Who calls, where the server was given `auth`. */
  readonly identity: Identity | undefined;
  /** Free for middleware and methods; one object for each call. */
  readonly state: Record<string, unknown>;
  /** Which of the service's workers this is, and its devices. */
  readonly worker: WorkerInfo;
}

/** A JSON Schema document, with BentoML's own keywords where a kind needs them. */
export type JsonSchema = { readonly [keyword: string]: unknown };
