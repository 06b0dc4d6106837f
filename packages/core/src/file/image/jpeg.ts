import { uint16 } from "./fields.js";
import { type ImageHead, imageHead, type Scan } from "./image-head.js";

/**
 * From marker to marker up to the one that starts the frame, hopping over what lies between: EXIF data, thumbnails and
 * colour profiles may be hundreds of kilobytes.
 * @source ITU-T T.81, annex B
 */
export function* scanJpeg(): Scan<ImageHead | undefined> {
  let at = 2;
  for (;;) {
    const bytes = yield { start: at, length: 9 };
    const [first, marker = 0] = bytes;
    if (bytes.length < 4 || first !== 0xff) return undefined;
    if (marker === 0xff) {
      at += 1; // any number of these may fill the room before a marker
    } else if (standsAlone(marker)) {
      at += 2;
    } else if (startsFrame(marker)) {
      return bytes.length < 9 ? undefined : imageHead("jpeg", uint16(bytes, 7), uint16(bytes, 5));
    } else {
      const length = uint16(bytes, 2);
      if (length < 2 || startsData(marker)) return undefined;
      at += 2 + length;
    }
  }
}

/** TEM, RSTn and SOI have no length and no content. */
function standsAlone(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
}

/** SOF0 to SOF15, the ways to code a frame; three numbers between them mean something else (DHT, JPG, DAC). */
function startsFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/** SOS or EOI before any frame, or an escaped 0xff of coded data. */
function startsData(marker: number): boolean {
  return marker === 0xda || marker === 0xd9 || marker === 0x00;
}
