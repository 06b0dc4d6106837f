import { BentoFile, DataFrame, encodeBase64, type JsonSchema, toDataUrl } from "@bento/core";

import { branchesOf } from "../schema-branches.js";

type Branches = readonly JsonSchema[];
/** What stands for a file. */
type FileText = (file: BentoFile) => string;

/**
 * A value in which what JSON has no form for is written as its schema says: bytes as base64 or text, files as data URLs,
 * tables by columns where that is their orient. Tensors, tables and dates write themselves.
 * @throws BENTO_FILE_UNREADABLE
 */
export async function withJsonKinds(value: unknown, schema: JsonSchema): Promise<unknown> {
  const files = new Set<BentoFile>();
  const branches = branchesOf(schema, schema);
  const written = write(value, branches, schema, (file) => (files.add(file), ""));
  if (files.size === 0) return written;
  const texts = new Map(await Promise.all(Array.from(files, async (file) => [file, await toDataUrl(file)] as const)));
  return write(value, branches, schema, (file) => texts.get(file) ?? "");
}

function write(value: unknown, branches: Branches, root: JsonSchema, textOf: FileText): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return bytesText(value, branches);
  if (BentoFile.isFile(value)) return textOf(value);
  if (DataFrame.isDataFrame(value)) return branches.some(({ orient }) => orient === "columns") ? value.toColumns() : value;
  const inner = (item: unknown, key: string | number): unknown => {
    const schemas = innerSchemas(branches, key).flatMap((schema) => branchesOf(schema, root));
    return schemas.length === 0 ? item : write(item, schemas, root, textOf);
  };
  if (Array.isArray(value)) return value.map(inner);
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner(item, key)]));
}

function bytesText(bytes: Uint8Array, branches: Branches): string {
  const isText = branches.some(({ type, format }) => type === "string" && format === "binary");
  return isText ? new TextDecoder().decode(bytes) : encodeBase64(bytes);
}

/** The schemas of a property or an item. */
function innerSchemas(branches: Branches, key: string | number): unknown[] {
  return branches.flatMap((schema) => {
    if (typeof key === "number") {
      const prefix = schema["prefixItems"];
      return [Array.isArray(prefix) && key < prefix.length ? (prefix[key] as unknown) : schema["items"]];
    }
    const properties = schema["properties"] as Readonly<Record<string, unknown>> | undefined;
    return [properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : schema["additionalProperties"]];
  });
}
