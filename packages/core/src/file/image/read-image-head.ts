import { bmpHead } from "./bmp.js";
import { gifHead } from "./gif.js";
import { scanHeif } from "./heif.js";
import { isIco, scanIco } from "./ico.js";
import type { ImageHead, Scan } from "./image-head.js";
import { imageFormatOfBrands } from "./isobmff.js";
import { scanJpeg } from "./jpeg.js";
import { pngHead } from "./png.js";
import { isTiff, scanTiff } from "./tiff.js";
import { webpHead } from "./webp.js";
import { type Ranged, Window } from "./window.js";

/** No picture's head has that many parts; a file that goes on and on is none. */
const maxSteps = 2048;

/**
 * What the head of an image says: PNG, JPEG, GIF, WebP, BMP, TIFF, AVIF, HEIC or ICO. `undefined` for anything else, and
 * where the head is cut off or malformed.
 *
 * Takes bounded time, whatever the bytes are, and decodes no pixel: a file can still lie about how many it has.
 */
export function readImageHead(bytes: Uint8Array): ImageHead | undefined {
  const scan = scanImage();
  let step = scan.next();
  for (let steps = 0; step.done !== true; steps++) {
    if (steps === maxSteps) return undefined;
    const { start, length } = step.value;
    step = scan.next(bytes.subarray(start, start + length));
  }
  return step.value;
}

/** {@link readImageHead} of a file, of which only the parts that matter are read. */
export async function readImageHeadOf(file: Ranged): Promise<ImageHead | undefined> {
  const window = new Window(file);
  const scan = scanImage();
  let step = scan.next();
  for (let steps = 0; step.done !== true; steps++) {
    if (steps === maxSteps) return undefined;
    step = scan.next(await window.read(step.value.start, step.value.length));
  }
  return step.value;
}

function* scanImage(): Scan<ImageHead | undefined> {
  const head = yield { start: 0, length: 64 };
  if (head[0] === 0xff && head[1] === 0xd8) return yield* scanJpeg();
  if (isTiff(head)) return yield* scanTiff(head);
  if (isIco(head)) return yield* scanIco(head);
  const format = imageFormatOfBrands(head);
  if (format !== undefined) return yield* scanHeif(format);
  return pngHead(head) ?? gifHead(head) ?? webpHead(head) ?? bmpHead(head);
}
