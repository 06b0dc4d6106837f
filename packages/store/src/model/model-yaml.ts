import { wireNames as names } from "@bento/core";
import { entriesOf, type Fields, fieldsOf, invalid, readCreationTime, readDocument, readTag, readTexts, required } from "./document.js";
import { deepFreeze } from "./frozen.js";
import { checkMetadata, isPlainObject } from "./model-data.js";
import type { MetadataValue, ModelContext, ModelInfo, ModelSignature } from "./model-info.js";
import { assumedVersions } from "./model-input.js";
import { makeMap, makeObject, plain, typedEntries, typedItems } from "../pyyaml/containers.js";
import { dumpPyYaml } from "../pyyaml/dump.js";
import { pythonText } from "../pyyaml/python-text.js";

/** Keys whose text counts, whatever YAML takes it for. */
const keepText = new Set(["name", "version", names.creationTime]);

/**
 * What a `model.yaml` says, deeply frozen; reads all that Python BentoML reads, as it reads it.
 *
 * - Unknown keys are ignored. Texts that YAML takes for something else become Python's text of it (`yes` as a label is
 *   `True`), only name and version keep their own (`version: 20240101`, on which Python fails).
 * - Files from before 1.0: no `signatures` means none; `pip_dependencies` drops the framework versions.
 * - A version of null is none. A time without an offset is taken as UTC.
 * - In metadata, maps with keys that are no text are `Map`s; at its top such keys appear as their text.
 * @param where the file's path, for messages
 * @throws BENTO_MODEL_INVALID naming `where` and the reason
 */
export function parseModelYaml(source: Uint8Array | string, where: string): ModelInfo {
  return readDocument(source, where, { noun: "model", invalid: "BENTO_MODEL_INVALID", keepText, read: readModel });
}

/** The `model.yaml` of a model, byte for byte as Python BentoML writes it. */
export function formatModelYaml(info: ModelInfo): string {
  return dumpPyYaml(modelDocument(info), { times: "text" });
}

/** What `model.yaml` says, as one map under BentoML's names and in its order. */
export function modelDocument(info: ModelInfo): Readonly<Record<string, unknown>> {
  const { context } = info;
  const signatures = typedEntries(info.signatures);
  return {
    name: info.tag.name,
    version: info.tag.version ?? null,
    module: info.module,
    labels: info.labels,
    options: info.options,
    metadata: info.metadata,
    context: {
      [names.frameworkName]: context.frameworkName,
      [names.frameworkVersions]: context.frameworkVersions,
      [names.bentomlVersion]: context.bentomlVersion,
      [names.pythonVersion]: context.pythonVersion,
    },
    signatures: makeObject(
      signatures.map(([name]) => name),
      signatures.map(([, signature]) => signatureDocument(signature as ModelSignature)),
    ),
    [names.apiVersion]: info.apiVersion,
    [names.creationTime]: info.creationTimeText,
  };
}

function signatureDocument({ batchable, batchDim, inputSpec, outputSpec }: ModelSignature): object {
  return {
    batchable,
    ...(batchable ? { [names.batchDim]: batchDim ?? [0, 0] } : {}),
    ...(inputSpec === undefined || inputSpec === null ? {} : { [names.inputSpec]: inputSpec }),
    ...(outputSpec === undefined || outputSpec === null ? {} : { [names.outputSpec]: outputSpec }),
  };
}

function readModel(fields: Fields): ModelInfo {
  const { date, text } = readCreationTime(required(fields, names.creationTime));
  return deepFreeze({
    tag: readTag(required(fields, "name"), required(fields, "version")),
    module: pythonText(required(fields, "module")),
    labels: readTexts(required(fields, "labels"), "labels"),
    options: readOptions(required(fields, "options")),
    metadata: readMetadata(required(fields, "metadata")),
    context: readContext(fieldsOf(required(fields, "context"), "context")),
    signatures: readSignatures(fields.has("signatures") ? fields.get("signatures") : {}),
    apiVersion: pythonText(required(fields, names.apiVersion)),
    creationTime: date,
    creationTimeText: text,
  });
}

function readOptions(value: unknown): Readonly<Record<string, unknown>> {
  const entries = entriesOf(value, "options");
  return makeObject(
    entries.map(([key]) => pythonText(key)),
    entries.map(([, item]) => item),
  );
}

function readMetadata(value: unknown): Readonly<Record<string, MetadataValue>> {
  // Python puts whatever it finds through dict(), which takes a list of pairs as well.
  const map = Array.isArray(value) ? mapOfPairs(value) : value;
  const entries = entriesOf(map, "metadata");
  checkMetadata(map, "metadata");
  if (isPlainObject(map)) return map as Record<string, MetadataValue>;
  return makeObject(
    entries.map(([key]) => key),
    entries.map(([, item]) => item),
  ) as Record<string, MetadataValue>;
}

function mapOfPairs(list: readonly unknown[]): object {
  const pairs = list.map((pair) => {
    if (!Array.isArray(pair) || pair.length !== 2) throw invalid("metadata is not a map.");
    return typedItems(pair);
  });
  return makeMap(
    pairs.map(([key]) => key),
    pairs.map(([, value]) => value),
  );
}

function readContext(fields: Fields): ModelContext {
  const old = fields.has("pip_dependencies");
  return {
    frameworkName: pythonText(required(fields, names.frameworkName, "context.")),
    frameworkVersions: old ? {} : readTexts(required(fields, names.frameworkVersions, "context."), `context.${names.frameworkVersions}`),
    bentomlVersion: fields.has(names.bentomlVersion) ? pythonText(fields.get(names.bentomlVersion)) : assumedVersions.bentomlVersion,
    pythonVersion: fields.has(names.pythonVersion) ? pythonText(fields.get(names.pythonVersion)) : assumedVersions.pythonVersion,
  };
}

function readSignatures(value: unknown): Readonly<Record<string, ModelSignature>> {
  const entries = entriesOf(value, "signatures");
  return makeObject(
    entries.map(([name]) => pythonText(name)),
    entries.map(([name, signature]) => readSignature(signature, `signatures.${pythonText(name)}`)),
  ) as Record<string, ModelSignature>;
}

function readSignature(value: unknown, what: string): ModelSignature {
  const fields = fieldsOf(value, what);
  const batchable = isTrue(plain(fields.get("batchable")));
  const dimensions = readDimensions(fields.get(names.batchDim), what);
  const inputSpec = plain(fields.get(names.inputSpec)) ?? undefined;
  const outputSpec = plain(fields.get(names.outputSpec)) ?? undefined;
  return {
    batchable,
    ...(batchable ? { batchDim: dimensions } : {}),
    ...(inputSpec === undefined ? {} : { inputSpec }),
    ...(outputSpec === undefined ? {} : { outputSpec }),
  };
}

function readDimensions(value: unknown, what: string): readonly [number, number] {
  if (value === undefined) return [0, 0];
  const numbers = Array.isArray(value) ? value.map((item) => (typeof item === "string" && item.trim() !== "" ? Number(item) : item)) : [];
  const [input, output] = numbers as readonly unknown[];
  if (numbers.length !== 2 || typeof input !== "number" || typeof output !== "number" || !Number.isFinite(input + output)) {
    throw invalid(`${what}.${names.batchDim} is not a list of two integers.`);
  }
  return [Math.trunc(input), Math.trunc(output)];
}

/** Python's `bool()`. */
function isTrue(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return Boolean(value);
  return Array.isArray(value) || isPlainObject(value) ? Object.keys(value).length > 0 : true;
}
