import { imageFormatOfBrands } from "./image/isobmff.js";
import { ascii, hasAscii, uint16, uint32 } from "./image/fields.js";

/** Bytes of a file's beginning that tell its type, and where they stand. */
const signatures: readonly (readonly [at: number, bytes: string, type: string])[] = [
  [0, "\u0089PNG\r\n\u001a\n", "image/png"],
  [0, "\u00ff\u00d8\u00ff", "image/jpeg"],
  [0, "GIF87a", "image/gif"],
  [0, "GIF89a", "image/gif"],
  [0, "II*\0", "image/tiff"],
  [0, "MM\0*", "image/tiff"],
  [0, "II+\0", "image/tiff"],
  [0, "MM\0+", "image/tiff"],
  [0, "\0\0\u0001\0", "image/x-icon"],
  [0, "%PDF-", "application/pdf"],
  [0, "fLaC", "audio/flac"],
  [0, "ID3", "audio/mpeg"],
  [0, "MThd", "audio/midi"],
  [0, "\0\0\u0001\u00ba", "video/mpeg"],
  [0, "PK\u0003\u0004", "application/zip"],
  [0, "PK\u0005\u0006", "application/zip"],
  [0, "\u001f\u008b\u0008", "application/gzip"],
  [0, "BZh", "application/x-bzip2"],
  [0, "\u00fd7zXZ\0", "application/x-xz"],
  [0, "\u0028\u00b5\u002f\u00fd", "application/zstd"],
  [0, "7z\u00bc\u00af\u0027\u001c", "application/x-7z-compressed"],
  [0, "ARROW1\0\0", "application/vnd.apache.arrow.file"],
  [0, "PAR1", "application/vnd.apache.parquet"],
  [0, "\0asm", "application/wasm"],
  [257, "ustar", "application/x-tar"],
];

/** The forms of the container RIFF, by the name behind its length. */
const riffTypes: Readonly<Record<string, string>> = { WEBP: "image/webp", WAVE: "audio/wav", "AVI ": "video/x-msvideo" };

/** How much of a file's beginning {@link sniffMediaType} looks at, at most. */
export const sniffBytes = 4096;

/**
 * The media type that a file's own beginning shows, whatever its name or sender says; `undefined` where it shows none,
 * as any text does. `image/png`, `audio/mpeg`, `video/mp4`, `application/pdf`, archives and the like.
 *
 * The first 4 KiB are enough; less finds less. Bounded work. A beginning is no promise for the rest of the file.
 */
export function sniffMediaType(head: Uint8Array): string | undefined {
  const known = signatures.find(([at, bytes]) => hasAscii(head, at, bytes));
  if (known !== undefined) return known[2];
  if (hasAscii(head, 0, "BM")) return isBitmap(head) ? "image/bmp" : undefined;
  if (hasAscii(head, 0, "RIFF")) return riffTypes[ascii(head, 8, 4)];
  if (hasAscii(head, 0, "FORM")) return hasAscii(head, 8, "AIF") ? "audio/aiff" : undefined;
  if (hasAscii(head, 0, "OggS")) return oggType(head);
  if (hasAscii(head, 4, "ftyp")) return movieType(head);
  if (hasAscii(head, 0, "\u001a\u0045\u00df\u00a3")) return matroskaType(head);
  return audioFrameType(head);
}

/** Two letters alone would take many a text for a picture; the size of its second header is one of few. */
function isBitmap(head: Uint8Array): boolean {
  return [12, 16, 40, 52, 56, 64, 108, 124].includes(uint32(head, 14, true));
}

/** The first packet of the first page names the codec. */
function oggType(head: Uint8Array): string {
  const packet = 27 + (head[26] ?? 0);
  return hasAscii(head, packet, "\u0080theora") ? "video/ogg" : "audio/ogg";
}

function movieType(head: Uint8Array): string {
  const image = imageFormatOfBrands(head);
  if (image !== undefined) return `image/${image}`;
  const brand = ascii(head, 8, 4);
  if (brand === "M4A " || brand === "M4B ") return "audio/mp4";
  if (brand === "qt  ") return "video/quicktime";
  return brand.startsWith("3g") ? "video/3gpp" : "video/mp4";
}

/** The kind of document is written in the first few dozen bytes, at no fixed place. */
function matroskaType(head: Uint8Array): string {
  return ascii(head, 0, 64).includes("webm") ? "video/webm" : "video/x-matroska";
}

const kilobits = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const lowKilobits = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const sampleRates = [44_100, 48_000, 32_000];

/**
 * Streams of frames have no magic: AAC's frames begin with twelve set bits and layer 0, MP3's with eleven and layer III.
 * That is little, so an MP3's second frame must stand where the first says, if it lies within the head.
 * @source ISO/IEC 11172-3 §2.4.1.3, 13818-3 (half the rates), 13818-7 (ADTS)
 */
function audioFrameType(head: Uint8Array): string | undefined {
  if (head.length < 4) return undefined;
  const bits = uint16(head, 0);
  if ((bits & 0xfff6) === 0xfff0) return ((head[2] ?? 0) >> 2) % 16 < 13 ? "audio/aac" : undefined;
  const length = mp3FrameLength(head, 0);
  if (length === undefined) return undefined;
  return length + 4 > head.length || mp3FrameLength(head, length) !== undefined ? "audio/mpeg" : undefined;
}

/** How long the frame is that starts there; `undefined` where none does. */
function mp3FrameLength(head: Uint8Array, at: number): number | undefined {
  const bits = uint16(head, at);
  const version = (bits >> 3) & 3;
  const isLayer3 = ((bits >> 1) & 3) === 1;
  if ((bits & 0xffe0) !== 0xffe0 || version === 1 || !isLayer3) return undefined;
  const third = head[at + 2] ?? 0;
  const isFirst = version === 3;
  const rate = (isFirst ? kilobits : lowKilobits)[third >> 4];
  const samples = sampleRates[(third >> 2) & 3];
  // The format allows a free rate; nobody uses it, and then the length cannot be told.
  if (rate === undefined || rate === 0 || samples === undefined) return undefined;
  const divisor = isFirst ? 1 : version === 2 ? 2 : 4;
  return Math.floor(((isFirst ? 144_000 : 72_000) * rate) / (samples / divisor)) + ((third >> 1) & 1);
}
