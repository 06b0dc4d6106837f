import { BentoError } from "../errors.js";
import { BentoFile, type FileOptions, type FileSource } from "./bento-file.js";
import type { FileContent } from "./file-content.js";
import type { ImageFormat, ImageHead } from "./image/image-head.js";
import { readImageHeadOf } from "./image/read-image-head.js";

const brand: unique symbol = Symbol.for("bento.image") as never;

/** {@link BentoFile} without its static side: an image takes time to make, so `from` answers with a promise here. */
const File: new (content: FileContent, options?: FileOptions) => BentoFile = BentoFile;

/**
 * A file that is an image by its own head: `format`, `width` and `height` are known, and `type` is the format's. Its
 * pixels are not decoded; it still is the file it was made of.
 *
 * ```ts
 * const image = await BentoImage.from(bytes);
 * if (image.width * image.height > 4e6) throw new BentoError("BENTO_UNPROCESSABLE", "The picture is larger than 4 megapixels.");
 * ```
 */
export class BentoImage extends File {
  readonly format: ImageFormat;
  /** Pixels of the picture as the format defines it. An EXIF note of the camera to turn it is not applied. */
  readonly width: number;
  /** Pixels, as those of `width`. */
  readonly height: number;

  /** An image whose head is known; {@link BentoImage.from} reads it. */
  constructor(content: FileContent, head: ImageHead, name?: string) {
    super(content, { name, type: mediaTypeOfFormat(head.format) });
    this.format = head.format;
    this.width = head.width;
    this.height = head.height;
  }

  get [brand](): true {
    return true;
  }

  /**
   * The image that a file is. Only its head is read, and a file that was made of a stream can still be read once.
   * @throws BENTO_INPUT_INVALID when it is no image of a known format
   * @throws BENTO_FILE_UNREADABLE
   */
  static async from(source: FileSource, options: FileOptions = {}): Promise<BentoImage> {
    if (source instanceof BentoImage && options.name === undefined) return source;
    const file = BentoFile.from(source, options);
    const head = await readImageHeadOf(file);
    if (head === undefined) throw await notAnImage(file);
    return new BentoImage(file, head, file.name);
  }

  /** Whether a value is a BentoImage, of this or another copy of the package. */
  static isImage(value: unknown): value is BentoImage {
    return typeof value === "object" && value !== null && (value as { [brand]?: unknown })[brand] === true;
  }
}

/** The media type of an image format. */
export function mediaTypeOfFormat(format: ImageFormat): string {
  return format === "ico" ? "image/x-icon" : `image/${format}`;
}

async function notAnImage(file: BentoFile): Promise<BentoError> {
  const start = [...(await file.range(0, 12))].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const called = file.name === undefined ? "" : ` ${JSON.stringify(file.name)}`;
  const message = start === "" ? `The file${called} is empty, and no image.` : `The file${called} is no image: it starts with ${start}.`;
  return new BentoError("BENTO_INPUT_INVALID", message, {
    hint: "Send a PNG, JPEG, GIF, WebP, BMP, TIFF, AVIF, HEIC or ICO whose head is whole.",
    issues: [{ path: [], message, code: "invalid_image" }],
  });
}
