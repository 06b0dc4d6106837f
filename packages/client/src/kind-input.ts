import { BentoFile, encodeBase64, type JsonSchema, toDataUrl, toJson, wireNames as names } from "@bento/core";
import { fileBody, isFilePart, isFileSource, multipartBody } from "./file-body.js";
import type { RequestBody } from "./request-body.js";
import { branchesOf, branchOf, bytesBranchOf, innerSchemas, tensorsType } from "./wire-kinds.js";
import type * as tensorCodec from "./tensor-codec.js";

/** What the input of an endpoint is prepared with. */
interface Preparing {
  readonly root: JsonSchema;
  readonly tensors: typeof tensorCodec | undefined;
  /** What is being walked through. */
  readonly above: Set<unknown>;
}

/**
 * The body for an input that holds files, tensors, tables or bytes, or may:
 *
 * - a file or bytes as the whole input are the body
 * - files among an object's properties make it multipart
 * - tensors go as they lie in memory, in safetensors, where the service takes that
 * - else JSON: tensors as lists, files further inside as data URLs, bytes as base64
 *
 * @param accepts types that the service takes besides JSON
 */
export async function kindBody(schema: JsonSchema, input: unknown, accepts: ReadonlySet<string>): Promise<RequestBody> {
  const isRoot = schema[names.rootInput] === true;
  const branches = branchesOf(schema, schema);
  // In place of a file there may be its URL, as it stands.
  if (isRoot && typeof input === "string" && branchOf(branches, "file")) {
    return { body: input, headers: { "content-type": "text/plain; charset=utf-8" } };
  }
  if (isRoot && bytesBranchOf(branches) && (ArrayBuffer.isView(input) || input instanceof ArrayBuffer)) {
    return { body: new Blob([input as ArrayBuffer]), headers: { "content-type": "application/octet-stream" } };
  }
  const tensors = await codecOf(schema);
  const prepared = prepare(input, branches, { root: schema, tensors, above: new Set() });
  if (BentoFile.isFile(prepared) && isRoot) return fileBody(prepared);
  if (!isRoot && isRecord(prepared) && Object.values(prepared).some(isFilePart)) {
    const fields = await Promise.all(
      Object.entries(prepared).map(async ([name, value]) => [name, isFilePart(value) ? value : await withDataUrls(value)] as const),
    );
    return multipartBody(Object.fromEntries(fields));
  }
  const json = await withDataUrls(prepared);
  const body = accepts.has(tensorsType) ? tensors?.tensorBody(json) : undefined;
  return body ?? { body: toJson(json), headers: { "content-type": "application/json" } };
}

/** What writes the items of a stream as JSON, one by one. @param schema that of the whole stream */
export async function itemWriter(schema: JsonSchema): Promise<(item: unknown) => Promise<string>> {
  const tensors = await codecOf(schema);
  const branches = branchesOf(schema["items"], schema);
  return async (item) => toJson(await withDataUrls(prepare(item, branches, { root: schema, tensors, above: new Set() })));
}

async function codecOf(schema: JsonSchema): Promise<typeof tensorCodec | undefined> {
  return JSON.stringify(schema).includes('"tensor"') ? import("./tensor-codec.js") : undefined;
}

/** The input with a BentoFile for whatever is a file, a tensor for whatever is one in memory, and text for bytes. */
function prepare(value: unknown, branches: readonly JsonSchema[], preparing: Preparing): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (isFileSource(value)) return BentoFile.from(value);
  const tensor = branchOf(branches, "tensor");
  if (ArrayBuffer.isView(value)) return prepareView(value, branches, preparing);
  if (tensor && preparing.tensors && !Array.isArray(value)) return preparing.tensors.toTensor(value, tensor);
  if (!Array.isArray(value) && !isRecord(value)) return value;
  const inner = (item: unknown, key: string | number): unknown => {
    const schemas = innerSchemas(branches, key).flatMap((schema) => branchesOf(schema, preparing.root));
    return prepare(item, schemas, preparing);
  };
  if (preparing.above.has(value)) throw new TypeError("a value holds itself");
  preparing.above.add(value);
  const prepared = Array.isArray(value)
    ? value.map(inner)
    : Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner(item, key)]));
  preparing.above.delete(value);
  return prepared;
}

/** Typed arrays are what their schema says: a file, a tensor, bytes, or a list of numbers. */
function prepareView(value: ArrayBufferView, branches: readonly JsonSchema[], { tensors }: Preparing): unknown {
  const tensor = branchOf(branches, "tensor");
  if (tensor && tensors) {
    const read = tensors.toTensor(value, tensor);
    if (read !== value) return read;
  }
  if (value instanceof Uint8Array) {
    if (branchOf(branches, "file")) return BentoFile.from(value);
    const bytes = bytesBranchOf(branches);
    if (bytes) return bytes["contentEncoding"] === "base64" ? encodeBase64(value) : new TextDecoder().decode(value);
  }
  return value instanceof DataView ? value : Array.from(value as Float64Array);
}

async function withDataUrls(value: unknown): Promise<unknown> {
  if (BentoFile.isFile(value)) return toDataUrl(value);
  if (!holdsFile(value)) return value;
  if (Array.isArray(value)) return Promise.all(value.map(withDataUrls));
  return Object.fromEntries(await Promise.all(Object.entries(value as object).map(async ([key, item]) => [key, await withDataUrls(item)])));
}

function holdsFile(value: unknown): boolean {
  if (BentoFile.isFile(value)) return true;
  return Array.isArray(value) ? value.some(holdsFile) : isRecord(value) && Object.values(value).some(holdsFile);
}

/** A plain object: what has a class of its own knows itself what it is as JSON. */
function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
