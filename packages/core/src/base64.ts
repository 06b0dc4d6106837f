import { BentoError } from "./errors.js";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const digits = Uint8Array.from(alphabet, (character) => character.charCodeAt(0));
const padding = 0x3d;

const isSpace = 254;
const isNone = 255;

/** What each character of ASCII is worth. */
const worth = new Uint8Array(128).fill(isNone);
for (const [value, code] of digits.entries()) worth[code] = value;
for (const space of "\t\n\f\r ") worth[space.charCodeAt(0)] = isSpace;
// The alphabet of URLs means the same numbers, and no text can be read both ways.
worth["-".charCodeAt(0)] = 62;
worth["_".charCodeAt(0)] = 63;

/** Node's Buffer, which is several times faster, where there is one. */
const { Buffer } = globalThis as {
  readonly Buffer?: {
    from(buffer: ArrayBufferLike, at: number, length: number): { toString(encoding: "base64"): string };
    from(text: string, encoding: "base64"): Uint8Array<ArrayBuffer>;
  };
};

/** Shorter ones, Node would put into a buffer that it shares. */
const isLong = 8192;

/** Bytes as base64, padded, on one line. @source RFC 4648, §4 */
export function encodeBase64(bytes: Uint8Array): string {
  if (Buffer !== undefined && bytes.length >= isLong) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  let to = 0;
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const three = (bytes[at]! << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text[to++] = digits[three >> 18]!;
    text[to++] = digits[(three >> 12) & 63]!;
    text[to++] = left > 1 ? digits[(three >> 6) & 63]! : padding;
    text[to++] = left > 2 ? digits[three & 63]! : padding;
  }
  return new TextDecoder().decode(text);
}

/**
 * The bytes that base64 stands for. Takes the alphabets of RFC 4648 §4 and §5 (`-_`), ASCII white space between, and
 * padding or none.
 * @throws BENTO_INPUT_INVALID naming the first character that is none of them, or a length that no bytes have
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const decoded = text.length >= isLong ? decodedByNode(text) : undefined;
  if (decoded !== undefined) return decoded;
  const bytes = new Uint8Array(Math.ceil((text.length * 3) / 4));
  let count = 0;
  let bits = 0;
  let held = 0;
  let at = 0;
  for (; at < text.length; at++) {
    const value = worth[text.charCodeAt(at)] ?? isNone;
    if (value < 64) {
      held = ((held << 6) | value) & 0xffff;
      bits += 6;
      if (bits >= 8) {
        bits -= 8;
        bytes[count++] = held >> bits;
      }
    } else if (value === isNone) {
      break;
    }
  }
  checkEnd(text, at, bits);
  return bytes.subarray(0, count);
}

/**
 * The bytes, if Node can tell them for sure. It passes over what is no digit, and then has fewer bytes than the text has
 * room for; such a text is looked at in detail.
 */
function decodedByNode(text: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = Buffer?.from(text, "base64");
  if (bytes === undefined) return undefined;
  const padded = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const isWhole = padded > 0 ? text.length % 4 === 0 : text.length % 4 !== 1;
  const count = Math.floor(((text.length - padded) * 3) / 4);
  return isWhole && bytes.length === count ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : undefined;
}

/** After the last digit only padding may stand, and as much of it as is missing, or none. */
function checkEnd(text: string, at: number, bits: number): void {
  const rest = text.slice(at, at + 64).replace(/[\t\n\f\r ]/g, "");
  const missing = bits === 4 ? "==" : bits === 2 ? "=" : "";
  if (bits === 6) throw invalid("The base64 ends with a single character, which is not a whole byte.");
  if (rest !== "" && rest !== missing) {
    throw invalid(`The base64 has ${JSON.stringify(rest.slice(0, 8))} at character ${at}, which is none of its alphabet.`);
  }
}

function invalid(message: string): BentoError {
  return new BentoError("BENTO_INPUT_INVALID", message, { issues: [{ path: [], message, code: "invalid_base64" }] });
}
