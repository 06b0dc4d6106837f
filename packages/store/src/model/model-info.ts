import type { Tag } from "@bento/core";
import type { PlainDate } from "./plain-date.js";

/**
 * A value that metadata can hold: what both PyYAML and JavaScript can carry. `null` is not among them.
 *
 * A `Date` is stored as Python stores a datetime: as ISO text, so it comes back as a string. A {@link PlainDate} is
 * stored as a date and comes back as one.
 */
export type MetadataValue =
  | string
  | number
  | bigint
  | boolean
  | Date
  | PlainDate
  | Uint8Array
  | readonly MetadataValue[]
  | { readonly [key: string]: MetadataValue }
  | ReadonlyMap<string | number | boolean, MetadataValue>;

/** How a model's method is called. */
export interface ModelSignature {
  readonly batchable: boolean;
  /** Batch dimension of input and output; only of batchable methods. */
  readonly batchDim?: readonly [number, number] | undefined;
  readonly inputSpec?: unknown;
  readonly outputSpec?: unknown;
}

/** What made a model, as Python BentoML records it. */
export interface ModelContext {
  readonly frameworkName: string;
  readonly frameworkVersions: Readonly<Record<string, string>>;
  readonly bentomlVersion: string;
  readonly pythonVersion: string;
}

/** What `model.yaml` says of a model; deeply frozen. @source reference layout of BentoML's model.yaml */
export interface ModelInfo {
  readonly tag: Tag;
  readonly module: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, MetadataValue>>;
  readonly context: ModelContext;
  readonly signatures: Readonly<Record<string, ModelSignature>>;
  readonly apiVersion: string;
  /** In whole milliseconds; compare with {@link compareCreation}, which knows the microseconds. */
  readonly creationTime: Date;
  /** The same time as `model.yaml` holds it: ISO 8601 with offset and, unless they are zero, microseconds. */
  readonly creationTimeText: string;
}

/** When something was made, as its document says. */
export type CreationTime = Pick<ModelInfo, "creationTime" | "creationTimeText">;

/**
 * Order by creation time at Python's precision of a microsecond: negative when `a` is older.
 * Of equal times the one saved later counts as newer, which only a store can know.
 */
export function compareCreation(a: CreationTime, b: CreationTime): number {
  return a.creationTime.getTime() - b.creationTime.getTime() || microseconds(a) - microseconds(b);
}

/** The three digits that a `Date` cannot hold. */
function microseconds(info: CreationTime): number {
  return Number(/\.\d{3}(\d{3})/.exec(info.creationTimeText)?.[1] ?? 0);
}

/** What a caller of `create` may say of a model; everything may be left out. */
export interface ModelInput {
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly metadata?: Readonly<Record<string, MetadataValue>> | undefined;
  readonly module?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  readonly signatures?:
    | Readonly<
        Record<string, Partial<Omit<ModelSignature, "batchDim">> & { readonly batchDim?: number | readonly [number, number] | undefined }>
      >
    | undefined;
  readonly context?: Partial<ModelContext> | undefined;
  /** Stored beside the model under their own names: bytes as they are, anything else as JSON. */
  readonly customObjects?: Readonly<Record<string, unknown>> | undefined;
}
