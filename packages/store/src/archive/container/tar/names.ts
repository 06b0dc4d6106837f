import { unsafeEntry } from "../../rules/unsafe.js";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * A name of a member or the target of a link, as text.
 * @throws BENTO_ARCHIVE_UNSAFE when it is not UTF-8: no file of a store could be given this name
 */
export function decodeName(bytes: Uint8Array): string {
  // Most names are short and ASCII, for which this is several times as fast as a TextDecoder.
  if (isAscii(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  try {
    return strict.decode(bytes);
  } catch {
    throw unsafeEntry(Buffer.from(bytes).toString("utf8"), "its name is not UTF-8");
  }
}

/** @throws BENTO_ARCHIVE_UNSAFE for a name of a header that goes on behind a NUL: readers see different names */
export function decodeField(bytes: Uint8Array): string {
  const name = decodeName(bytes);
  if (!name.includes("\0")) return name;
  throw unsafeEntry(name, "its name holds a NUL character");
}

function isAscii(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += 1) if ((bytes[at] as number) >= 0x80) return false;
  return true;
}
