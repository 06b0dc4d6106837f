import { BentoError, BentoFile, BentoImage, decodeBase64, fileFromDataUrl, isDataUrl, type JsonSchema } from "@bento/core";
import { endingStream, type OnFileRead } from "./ending-stream.js";
import { fileNameOf } from "./file-name-of.js";
import type * as tableCodec from "./table-codec.js";
import type * as tensorCodec from "./tensor-codec.js";
import { branchesOf, branchOf, bytesBranchOf, innerSchemas, tensorsType } from "./wire-kinds.js";

/** Brings back in a value what JSON made lists, rows and texts of. */
export type KindReviver = (value: unknown) => unknown;

interface Codecs {
  readonly tensors: typeof tensorCodec | undefined;
  readonly tables: typeof tableCodec | undefined;
}

/**
 * The reviver of a schema that holds files, tensors, tables or bytes.
 * It throws BENTO_REMOTE_FAILED for base64 and data URLs that are none: whoever called is not at fault.
 */
export async function kindReviver(schema: JsonSchema): Promise<KindReviver> {
  const text = JSON.stringify(schema);
  const codecs: Codecs = {
    tensors: text.includes('"tensor"') ? await import("./tensor-codec.js") : undefined,
    tables: text.includes('"dataframe"') ? await import("./table-codec.js") : undefined,
  };
  const branches = branchesOf(schema, schema);
  return (value) => {
    try {
      return reviveKinds(value, branches, schema, codecs);
    } catch (cause) {
      throw new BentoError("BENTO_REMOTE_FAILED", `The service answered with what cannot be read: ${String(cause)}`, { cause });
    }
  };
}

/**
 * An answer that is no text: a file, tensors or bytes; `undefined` where it is JSON.
 * @throws BENTO_REMOTE_FAILED when the body is not what its content type says
 */
export async function readBinary(
  response: Response,
  schema: JsonSchema,
  onFileRead: OnFileRead | undefined,
): Promise<{ readonly value: unknown } | undefined> {
  const type = (response.headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase();
  const branches = branchesOf(schema, schema);
  if (type === tensorsType) {
    const { fromTensorBody } = await import("./tensor-codec.js");
    const bytes = new Uint8Array(await response.arrayBuffer());
    try {
      return { value: fromTensorBody(bytes, branchOf(branches, "tensor") !== undefined) };
    } catch (cause) {
      throw new BentoError("BENTO_REMOTE_FAILED", `The service answered with tensors that cannot be read: ${String(cause)}`, { cause });
    }
  }
  // Where a union allows for more than a file, or for more than bytes, its type tells JSON from it.
  const isOnly = schema["type"] !== undefined;
  if (!isOnly && type === "application/json") return undefined;
  const file = branchOf(branches, "file");
  if (file) return { value: await toFile(response, file, onFileRead) };
  return bytesBranchOf(branches) ? { value: new Uint8Array(await response.arrayBuffer()) } : undefined;
}

async function toFile(response: Response, schema: JsonSchema, onRead: OnFileRead | undefined): Promise<BentoFile> {
  const options = { name: fileNameOf(response.headers.get("content-disposition")), type: response.headers.get("content-type") ?? "" };
  const streamed = onRead && response.body ? endingStream(response.body, onRead) : undefined;
  const file = BentoFile.from(streamed ?? (await response.blob()), options);
  return schema["pil"] === true ? asImage(file) : file;
}

/** A picture as such, unless it is of a format whose head nobody here understands. */
async function asImage(file: BentoFile): Promise<BentoFile> {
  return BentoImage.from(file).catch(() => file);
}

function reviveKinds(value: unknown, branches: readonly JsonSchema[], root: JsonSchema, codecs: Codecs): unknown {
  const tensor = branchOf(branches, "tensor");
  if (tensor && codecs.tensors && (typeof value !== "object" || Array.isArray(value))) return codecs.tensors.fromJson(value, tensor);
  const table = branchOf(branches, "dataframe");
  if (table && codecs.tables && typeof value === "object") return codecs.tables.toTable(value, table);
  if (typeof value === "string") return reviveText(value, branches);
  if (typeof value !== "object" || value === null) return value;
  const inner = (item: unknown, key: string | number): unknown => {
    const schemas = innerSchemas(branches, key).flatMap((schema) => branchesOf(schema, root));
    return schemas.length === 0 ? item : reviveKinds(item, schemas, root, codecs);
  };
  if (Array.isArray(value)) return value.map(inner);
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner(item, key)]));
}

function reviveText(text: string, branches: readonly JsonSchema[]): unknown {
  if (branchOf(branches, "file") && isDataUrl(text)) return fileFromDataUrl(text);
  const bytes = branches.find((branch) => branch["x-bento-type"] === "bytes");
  if (!bytes) return text;
  return bytes["contentEncoding"] === "base64" ? decodeBase64(text) : new TextEncoder().encode(text);
}
