import { BentoError, type Tag } from "@bento/core";
import { deepFreeze } from "./frozen.js";
import { childPath, copyData, isPlainObject, refuse } from "./model-data.js";
import type { MetadataValue, ModelContext, ModelInfo, ModelInput, ModelSignature } from "./model-info.js";
import { isoFormat } from "./python-time.js";
import { makeObject, typedEntries } from "../pyyaml/containers.js";
import { pythonText } from "../pyyaml/python-text.js";

/** The BentoML and Python whose formats this package follows: what `context` names when nobody says otherwise. */
export const assumedVersions = { bentomlVersion: "1.4.39", pythonVersion: "3.11.7" } as const;

/** The metadata key under which a model records the Node.js that saved it. */
const nodeVersionKey = "node_version";

/** Options of {@link makeModelInfo}. */
export interface MakeModelInfoOptions {
  /** Default: now, and never twice the same within a process. */
  readonly creationTime?: Date | undefined;
}

/**
 * What a new model will say of itself, deeply frozen and equal to what will be read back from its `model.yaml`.
 *
 * - Labels that are no text become text as Python writes it: `True`, `None`, `1.5`.
 * - `context` gets the values that Python requires: framework name and versions as given (default `""` and none, as
 *   Python's own `models.create`), and {@link assumedVersions}, because Python knows no field for another runtime.
 * - The version of Node.js therefore stands in `metadata.node_version`, unless the caller uses that key.
 * - `batchDim: 1` means `[1, 1]`; it is kept for batchable signatures only.
 * @throws BENTO_MODEL_INVALID quoting path and value
 */
export function makeModelInfo(tag: Tag, input: ModelInput, options: MakeModelInfoOptions = {}): ModelInfo {
  const { date, text } = creation(options.creationTime);
  return deepFreeze({
    tag,
    module: textOr(input.module, "", "module"),
    labels: labelsOf(input.labels),
    options: recordOf(input.options, "options", true),
    metadata: metadataOf(input.metadata),
    context: contextOf(input.context),
    signatures: signaturesOf(input.signatures),
    apiVersion: textOr(input.apiVersion, "v1", "apiVersion"),
    creationTime: date,
    creationTimeText: text,
  });
}

function labelsOf(given: unknown): Readonly<Record<string, string>> {
  return mapEntries(given, "labels", (value, path) => {
    const scalar = value === null || ["string", "number", "boolean", "bigint"].includes(typeof value);
    if (!scalar) throw refuse(path, value, "The value of a label is text.");
    return pythonText(value);
  });
}

function metadataOf(given: unknown): Readonly<Record<string, MetadataValue>> {
  const metadata = recordOf(given, "metadata", false);
  const entries = typedEntries(metadata);
  if (Object.hasOwn(metadata, nodeVersionKey)) return metadata;
  return makeObject(
    [...entries.map(([key]) => key), nodeVersionKey],
    [...entries.map(([, value]) => value), process.versions.node],
  ) as Record<string, MetadataValue>;
}

function recordOf(given: unknown, path: string, nulls: boolean): Record<string, MetadataValue> {
  if (given === undefined) return {};
  if (!isPlainObject(given) && !(given instanceof Map)) throw refuse(path, given, "Give an object.");
  const entries = typedEntries(copyData(given, path, { nulls }) as object);
  return makeObject(
    entries.map(([key]) => key),
    entries.map(([, value]) => value),
  ) as Record<string, MetadataValue>;
}

function contextOf(given: unknown): ModelContext {
  if (given !== undefined && !isPlainObject(given)) throw refuse("context", given, "Give an object.");
  const context = (given ?? {}) as Partial<ModelContext>;
  return {
    frameworkName: textOr(context.frameworkName, "", "context.frameworkName"),
    frameworkVersions: mapEntries(context.frameworkVersions, "context.frameworkVersions", (value, path) => textOr(value, "", path)),
    bentomlVersion: textOr(context.bentomlVersion, assumedVersions.bentomlVersion, "context.bentomlVersion"),
    pythonVersion: textOr(context.pythonVersion, assumedVersions.pythonVersion, "context.pythonVersion"),
  };
}

const signatureKeys = new Set(["batchable", "batchDim", "inputSpec", "outputSpec"]);

function signaturesOf(given: unknown): Readonly<Record<string, ModelSignature>> {
  return mapEntries(given, "signatures", (value, path) => {
    if (!isPlainObject(value)) throw refuse(path, value, "Give an object such as { batchable: true, batchDim: 0 }.");
    const unknown = Object.keys(value).find((key) => !signatureKeys.has(key));
    if (unknown !== undefined) {
      throw new BentoError("BENTO_MODEL_INVALID", `${childPath(path, unknown)} is no part of a signature.`, {
        hint: `A signature has ${[...signatureKeys].join(", ")}.`,
      });
    }
    const { batchable = false, batchDim = 0, inputSpec, outputSpec } = value;
    if (typeof batchable !== "boolean") throw refuse(`${path}.batchable`, batchable, "Say true or false.");
    const dimensions = dimensionsOf(batchDim, `${path}.batchDim`);
    return {
      batchable,
      ...(batchable ? { batchDim: dimensions } : {}),
      ...(inputSpec === undefined || inputSpec === null ? {} : { inputSpec: copyData(inputSpec, `${path}.inputSpec`, { nulls: true }) }),
      ...(outputSpec === undefined || outputSpec === null
        ? {}
        : { outputSpec: copyData(outputSpec, `${path}.outputSpec`, { nulls: true }) }),
    };
  });
}

function dimensionsOf(given: unknown, path: string): readonly [number, number] {
  const [input, output, ...more]: readonly unknown[] = Array.isArray(given) ? given : [given, given];
  if (Number.isSafeInteger(input) && Number.isSafeInteger(output) && more.length === 0) return [input as number, output as number];
  throw refuse(path, given, "Give the batch dimension as an integer, or as [input, output].");
}

function textOr(value: unknown, fallback: string, path: string): string {
  if (value === undefined) return fallback;
  if (typeof value !== "string") throw refuse(path, value, "Give text.");
  return value;
}

function mapEntries<T>(given: unknown, path: string, map: (value: unknown, path: string) => T): Readonly<Record<string, T>> {
  if (given === undefined) return {};
  if (!isPlainObject(given)) throw refuse(path, given, "Give an object.");
  const entries = typedEntries(given);
  return makeObject(
    entries.map(([key]) => key),
    entries.map(([key, value]) => map(value, childPath(path, key))),
  ) as Record<string, T>;
}

let lastMillisecond = 0;
let countWithin = 0;

function creation(given: Date | undefined): { date: Date; text: string } {
  if (given !== undefined) {
    const year = given.getUTCFullYear();
    if (!(year >= 1 && year <= 9999)) throw refuse("creationTime", given, "Python's times run from the year 1 to 9999.");
    return { date: new Date(given), text: isoFormat(given) };
  }
  // The clock ticks in milliseconds; models saved within one get different microseconds, so that their order is kept.
  const now = Date.now();
  countWithin = now === lastMillisecond ? Math.min(countWithin + 1, 999) : 0;
  lastMillisecond = now;
  const date = new Date(now);
  return { date, text: isoFormat(date, countWithin) };
}
