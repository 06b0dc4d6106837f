import { decodeBase64, encodeBase64 } from "../base64.js";
import { BentoError } from "../errors.js";
import { BentoFile } from "./bento-file.js";
import { cleanMediaType, essenceOf } from "./media-type.js";

/** Type, parameters and name together; what is longer is no data URL that anybody wrote on purpose. */
const maxHeadLength = 2048;

/** Whether a text starts as a data URL does. */
export function isDataUrl(text: string): boolean {
  return /^data:/i.test(text);
}

/**
 * The file that a data URL holds: `data:image/png;base64,iVBORw0...`. A parameter `name` names it, as in
 * `data:image/png;name=photo.png;base64,...`.
 * @throws BENTO_INPUT_INVALID when the text is no data URL or its base64 is malformed
 * @source RFC 2397; the Fetch standard, "data: URL processor"
 */
export function fileFromDataUrl(text: string): BentoFile {
  const comma = text.slice(0, maxHeadLength).indexOf(",");
  if (!isDataUrl(text) || comma < 0) throw notADataUrl(text);
  const parameters = text.slice("data:".length, comma).split(";");
  const isBase64 = parameters.length > 1 && parameters.at(-1)?.trim().toLowerCase() === "base64";
  if (isBase64) parameters.pop();
  const body = text.slice(comma + 1);
  const bytes = isBase64 ? decodeBase64(body.includes("%") ? new TextDecoder().decode(percentDecoded(body)) : body) : percentDecoded(body);
  return BentoFile.from(bytes, { name: nameIn(parameters), type: typeIn(parameters) });
}

/**
 * A file as a data URL, with its name where it has one. The whole file is in memory for it, one third larger.
 * @throws BENTO_FILE_UNREADABLE
 */
export async function toDataUrl(file: BentoFile): Promise<string> {
  const name = file.name === undefined ? "" : `;name=${encodeURIComponent(file.name)}`;
  return `data:${plainType(file.type)}${name};base64,${encodeBase64(await file.bytes())}`;
}

/** A type whose parameters need quotes or hold a comma cannot stand in a data URL; its parameters are left out. */
function plainType(type: string): string {
  return /^[\w!#$&^.+/;=-]+$/.test(type) ? type : essenceOf(type) || "application/octet-stream";
}

function nameIn(parameters: readonly string[]): string | undefined {
  const name = parameters.slice(1).find((parameter) => /^\s*name=/i.test(parameter));
  return name === undefined ? undefined : new TextDecoder().decode(percentDecoded(name.slice(name.indexOf("=") + 1)));
}

function typeIn([essence = "", ...parameters]: readonly string[]): string {
  const others = parameters.filter((parameter) => !/^\s*name=/i.test(parameter));
  // Without a type, it is text, of the charset that the parameters name.
  if (essence.trim() === "") return cleanMediaType(["text/plain", ...(others.length > 0 ? others : ["charset=US-ASCII"])].join(";"));
  return cleanMediaType([essence, ...others].join(";"));
}

/** `%41` as the byte it stands for; what is no such pair stays as it is. */
function percentDecoded(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  let to = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    const decoded = byte === 0x25 ? hexByte(bytes[at + 1], bytes[at + 2]) : undefined;
    bytes[to++] = decoded ?? byte;
    if (decoded !== undefined) at += 2;
  }
  return bytes.subarray(0, to);
}

function hexByte(high: number | undefined, low: number | undefined): number | undefined {
  const pair = String.fromCharCode(high ?? 0, low ?? 0);
  return /^[0-9a-f]{2}$/i.test(pair) ? Number.parseInt(pair, 16) : undefined;
}

function notADataUrl(text: string): BentoError {
  const message = `A data URL was expected, but this is ${JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text)}.`;
  return new BentoError("BENTO_INPUT_INVALID", message, {
    hint: "In JSON, write a file as `data:<media type>;base64,<its bytes in base64>`; or send it as a part of multipart/form-data.",
    issues: [{ path: [], message, code: "invalid_data_url" }],
  });
}
