import { crc32 } from "node:zlib";
import { damaged, quote } from "./refusals.js";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const unicodePathId = 0x7075;
const utf8Flag = 0x800;

/** The upper half of code page 437, which zip names had before UTF-8. */
const upper437 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

/**
 * A member's name: UTF-8 if it is marked so, else Info-ZIP's own field for it, else UTF-8 where it can be, which Info-ZIP
 * leaves unmarked, else code page 437.
 * @throws BENTO_ARCHIVE_INVALID for a name that is marked as UTF-8 and is none
 * @source APPNOTE.TXT appendix D and 4.6.9
 */
export function memberName(name: Buffer, flags: number, extra: Buffer): string {
  if ((flags & utf8Flag) !== 0) {
    const text = decoded(name);
    if (text === undefined) throw damaged(`the name ${quote(name.toString("latin1"))} is not the UTF-8 that it says it is`);
    return text;
  }
  return unicodePath(name, extra) ?? decoded(name) ?? from437(name);
}

/** The name of Info-ZIP's field, which counts only while the name that it was made for is the same. */
function unicodePath(name: Buffer, extra: Buffer): string | undefined {
  for (const { id, data } of extraFields(extra)) {
    if (id !== unicodePathId || data.length < 5 || data[0] !== 1 || data.readUInt32LE(1) !== crc32(name)) continue;
    return decoded(data.subarray(5));
  }
  return undefined;
}

/** The fields of a member's extra data, up to the first that is not whole. */
export function* extraFields(extra: Buffer): Generator<{ readonly id: number; readonly data: Buffer }, void> {
  for (let at = 0; at + 4 <= extra.length;) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (end > extra.length) return;
    yield { id: extra.readUInt16LE(at), data: extra.subarray(at + 4, end) };
    at = end;
  }
}

function decoded(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function from437(bytes: Buffer): string {
  return Array.from(bytes, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : upper437[byte - 0x80])).join("");
}
