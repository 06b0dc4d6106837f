import { BentoError, BentoImage, type ImageFormat } from "@bento/core";
import type * as z from "zod/v4";
import { refuse } from "./definition-error.js";
import { checkFileKind, checkSize, type FileKindOptions, optionWords } from "./file.js";
import { type FileInputOf, readFile } from "./file-input.js";
import { type KindResult, makeKind, valid, wrong } from "./kind.js";

/** Options of {@link image}. */
export interface ImageOptions<Url extends boolean = boolean> extends FileKindOptions<Url> {
  /** Formats that it may have. @default all whose head is understood */
  readonly formats?: readonly ImageFormat[] | undefined;
  /** Width times height at most: a small file may be a picture that no memory holds. @default 100 million */
  readonly maxPixels?: number | undefined;
}

const defaultMaxPixels = 100_000_000;

/**
 * An image: callers send a `Blob`, bytes, a stream or a `BentoFile`; the method gets a `BentoImage`, whose format, width and
 * height come from its own first bytes, whatever it is called. As an output the same, the other way round.
 * @throws BENTO_SERVICE_INVALID for sizes that are none
 */
export function image<Url extends boolean = false>(options: ImageOptions<Url> = {}): z.ZodType<BentoImage, FileInputOf<Url>> {
  const { formats, maxPixels = defaultMaxPixels } = options;
  const is = { kind: "image", contentType: undefined, options };
  checkFileKind(is);
  if (!(maxPixels > 0)) throw refuse("image", "maxPixels", maxPixels, "Give a number of pixels greater than 0, or leave it out.");
  if (formats?.length === 0) throw refuse("image", "list of formats", "", 'Name at least one, such as "png", or leave it out.');
  const check = (found: BentoImage): KindResult<BentoImage> => checkImage(found, formats, maxPixels);
  return makeKind({
    document: {
      type: "file",
      format: "image",
      pil: true,
      ...(formats === undefined ? {} : { "x-bento-formats": formats }),
      ...optionWords(options),
    },
    read: (value) => {
      const read = readFile(value, options);
      const sized = read.issues === undefined ? checkSize(read.value, is) : read;
      if (sized.issues !== undefined) return sized;
      const found = sized.value;
      if (BentoImage.isImage(found)) return check(found);
      return async () => {
        const seen = await look(found);
        return seen.issues === undefined ? check(seen.value) : seen;
      };
    },
  });
}

async function look(found: Parameters<typeof BentoImage.from>[0]): Promise<KindResult<BentoImage>> {
  try {
    return valid(await BentoImage.from(found));
  } catch (error) {
    if (!BentoError.is(error, "BENTO_INPUT_INVALID")) throw error;
    return { issues: error.issues };
  }
}

function checkImage(found: BentoImage, formats: ImageOptions["formats"], maxPixels: number): KindResult<BentoImage> {
  const { format, width, height } = found;
  if (formats !== undefined && !formats.includes(format)) {
    return wrong("invalid_image", `Expected an image of format ${formats.join(", ")}, got one of format ${format}`);
  }
  if (width * height <= maxPixels) return valid(found);
  return wrong("too_big", `Expected an image of ${maxPixels} pixels at most, got ${width} x ${height}`);
}
