import { randomUUID } from "node:crypto";

import { BentoFile, type ContextResponse, encodeTensorBody, Tensor, toJson } from "@bento/core";

import type { ExecutorReply } from "../executor/executor.js";
import { successHeaders, successStatus } from "../http/encode.js";
import { isBodiless } from "../http/reply.js";
import { packedTypes } from "../packing/packing.js";
import { lengthOf, type Segment, SegmentsBody } from "./segments-body.js";

/** The media type of a form with files. */
export const formType = "multipart/form-data";

/**
 * An object with files as a form: a part for each property, a file, or each of a list of files, as it is; a tensor in
 * safetensors; anything else as JSON text. What is `undefined` is left out. The same form is understood as an input.
 * @param plain makes an object of what is neither ready for JSON
 * @source RFC 7578; the names' escapes: HTML standard, "multipart/form-data"
 */
export async function formReply(
  value: Readonly<Record<string, unknown>>,
  plain: (value: unknown) => Promise<unknown>,
  changed: ContextResponse | undefined,
): Promise<ExecutorReply> {
  const boundary = `bento-${randomUUID()}`;
  const status = successStatus(changed);
  const headers = successHeaders(`${formType}; boundary=${boundary}`, changed);
  if (isBodiless(status)) return { status, headers, body: "" };
  const segments: Segment[] = [];
  const texts = (await plain(Object.fromEntries(Object.entries(value).filter(([, property]) => isText(property))))) as typeof value;
  for (const [name, property] of Object.entries(value)) {
    for (const part of isText(property) ? [textPart(texts[name])] : partsOf(property)) {
      segments.push(Buffer.from(headOf(boundary, name, part)), ...part.content, Buffer.from("\r\n"));
    }
  }
  segments.push(Buffer.from(`--${boundary}--\r\n`));
  const length = lengthOf(segments);
  if (length !== undefined) headers.push("content-length", String(length));
  return { status, headers, body: new SegmentsBody(segments) };
}

interface Part {
  readonly filename?: string;
  readonly type?: string;
  readonly content: readonly Segment[];
}

/** Whether a property goes as JSON text. */
function isText(property: unknown): boolean {
  return property !== undefined && !BentoFile.isFile(property) && !Tensor.isTensor(property) && !isFiles(property);
}

function isFiles(property: unknown): property is readonly BentoFile[] {
  return Array.isArray(property) && property.length > 0 && property.every((item) => BentoFile.isFile(item));
}

function partsOf(property: unknown): readonly Part[] {
  if (BentoFile.isFile(property)) return [filePart(property)];
  if (isFiles(property)) return property.map(filePart);
  if (!Tensor.isTensor(property)) return [];
  return [{ filename: "tensor.safetensors", type: packedTypes.safetensors, content: encodeTensorBody(property) }];
}

function textPart(value: unknown): Part {
  return { content: [Buffer.from(toJson(value))] };
}

function filePart(file: BentoFile): Part {
  return { filename: file.name ?? "blob", type: file.type || "application/octet-stream", content: [file] };
}

function headOf(boundary: string, name: string, { filename, type }: Part): string {
  const file = filename === undefined ? "" : `; filename="${quoted(filename)}"`;
  const typed = type === undefined ? "" : `\r\ncontent-type: ${type}`;
  return `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(name)}"${file}${typed}\r\n\r\n`;
}

function quoted(name: string): string {
  return name.replaceAll("\n", "%0A").replaceAll("\r", "%0D").replaceAll('"', "%22");
}
