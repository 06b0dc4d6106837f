import { BentoFile, toJson } from "@bento/core";
import { joinedBody, type Piece } from "./joined-body.js";
import type { RequestBody } from "./request-body.js";

/** What somebody may give for a file that is certainly one, whatever its schema says. */
export function isFileSource(value: object): value is Blob | ArrayBuffer | ReadableStream<Uint8Array> | BentoFile {
  if (BentoFile.isFile(value) || value instanceof ArrayBuffer) return true;
  return (
    typeof (value as { arrayBuffer?: unknown }).arrayBuffer === "function" ||
    typeof (value as { getReader?: unknown }).getReader === "function"
  );
}

/** Types of bodies in which servers would look for something else than one file. */
const formTypes = /^(?:multipart\/|application\/x-www-form-urlencoded)/i;

/** A file that is the whole input. */
export async function fileBody(file: BentoFile): Promise<RequestBody> {
  const type = file.type === "" || formTypes.test(file.type) ? "application/octet-stream" : file.type;
  const name = file.name === undefined ? undefined : `attachment; filename*=UTF-8''${encodeURIComponent(file.name).replaceAll("'", "%27")}`;
  return { body: await joinedBody([file]), headers: { "content-type": type, ...(name !== undefined && { "content-disposition": name }) } };
}

/** Whether a property's value goes as a file, or as several under one name. */
export function isFilePart(value: unknown): value is BentoFile | BentoFile[] {
  return BentoFile.isFile(value) || (Array.isArray(value) && value.length > 0 && value.every((item) => BentoFile.isFile(item)));
}

/**
 * Files among other arguments, as BentoML's own clients send them: the arguments as JSON texts first, then each file with
 * its name and type.
 * @source the names' escapes: HTML standard, "multipart/form-data"
 */
export async function multipartBody(input: Readonly<Record<string, unknown>>): Promise<RequestBody> {
  const boundary = `bento-${Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  const texts: Piece[] = [];
  const files: Piece[] = [];
  const open = (name: string): string => `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(name)}"`;
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined) continue;
    if (!isFilePart(value)) {
      texts.push(`${open(name)}\r\n\r\n${toJson(value)}\r\n`);
      continue;
    }
    for (const file of [value].flat()) {
      const type = file.type === "" ? "application/octet-stream" : file.type;
      files.push(`${open(name)}; filename="${quoted(file.name ?? "blob")}"\r\ncontent-type: ${type}\r\n\r\n`, file, "\r\n");
    }
  }
  const body = await joinedBody([...texts, ...files, `--${boundary}--\r\n`]);
  return { body, headers: { "content-type": `multipart/form-data; boundary=${boundary}` } };
}

function quoted(name: string): string {
  return name.replaceAll("\n", "%0A").replaceAll("\r", "%0D").replaceAll('"', "%22");
}
