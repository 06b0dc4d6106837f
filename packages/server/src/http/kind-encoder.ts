import { BentoFile, type ContextResponse, type JsonSchema, toJson } from "@bento/core";

import { successHeaders, successStatus } from "./encode.js";
import { withJsonKinds } from "./json-kinds.js";
import { isBodiless, jsonType, type Reply } from "./reply.js";

/** What is sent for a result. */
export interface EncodedResult {
  readonly contentType: string;
  /** Further headers. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Reply["body"];
}

/** Turns a result that may be or hold a file or bytes into an answer. @throws BENTO_FILE_UNREADABLE */
export type KindEncoder = (value: unknown) => Promise<EncodedResult>;

const binaryType = "application/octet-stream";
/** Larger files are sent as they are read. */
const mostAtOnce = 1024 * 1024;
const kinds = /"type":"file"|"x-bento-type":"bytes"|"type":"string","format":"binary"|"orient":"columns"/;

/** The encoder of an output with such kinds; `undefined` for any other, which is JSON or text. */
export function makeKindEncoder(output: JsonSchema): KindEncoder | undefined {
  if (!kinds.test(JSON.stringify(output))) return undefined;
  const bytesType = output["format"] === "binary" && output["type"] === "string" ? "text/plain; charset=utf-8" : binaryType;
  return async (value) => {
    if (BentoFile.isFile(value)) return encodeFile(value);
    if (value instanceof Uint8Array) return { contentType: bytesType, headers: [], body: value };
    return { contentType: jsonType, headers: [], body: toJson(await withJsonKinds(value, output)) };
  };
}

/** The answer; what the method said itself counts. */
export function kindReply({ contentType, headers, body }: EncodedResult, changed: ContextResponse | undefined): Reply {
  const all = successHeaders(contentType, changed);
  for (const [name, value] of headers) if (changed?.headers.has(name) !== true) all.push(name, value);
  const status = successStatus(changed);
  return { status, headers: all, body: isBodiless(status) ? "" : body };
}

async function encodeFile(file: BentoFile): Promise<EncodedResult> {
  const { size } = file;
  const body = size !== undefined && size <= mostAtOnce ? await file.bytes() : file.stream();
  return { contentType: file.type || binaryType, headers: [["content-disposition", dispositionOf(file)]], body };
}

/** A name beyond ASCII comes twice: Python's clients read the first form alone. @source RFC 6266, appendix D */
function dispositionOf({ name, type }: BentoFile): string {
  const place = type.startsWith("image/") ? "inline" : "attachment";
  if (name === undefined) return place;
  const plain = name.replaceAll(/[^\x20-\x7e]|["\\]/g, "_");
  return `${place}; filename="${plain}"${plain === name ? "" : `; filename*=utf-8''${encodeURIComponent(name).replaceAll("'", "%27")}`}`;
}
