/** Image formats whose head is understood. */
export type ImageFormat = "png" | "jpeg" | "gif" | "webp" | "bmp" | "tiff" | "avif" | "heic" | "ico";

/** What the head of an image says. */
export interface ImageHead {
  readonly format: ImageFormat;
  /** Pixels of the picture as the format defines it. An EXIF note of the camera to turn it is not applied. */
  readonly width: number;
  /** Pixels, as those of `width`. */
  readonly height: number;
}

/** Bytes that a scan wants to see. */
export interface Span {
  readonly start: number;
  readonly length: number;
}

/**
 * A search through a file that asks for the bytes it wants, and so knows nothing about where they come from. It is
 * answered with them, or with fewer where the file ends. Scans may ask forever; whoever answers stops them.
 */
export type Scan<T> = Generator<Span, T, Uint8Array>;

/** A head, if its numbers can be a picture's. */
export function imageHead(format: ImageFormat, width: number, height: number): ImageHead | undefined {
  return width >= 1 && height >= 1 ? { format, width, height } : undefined;
}
