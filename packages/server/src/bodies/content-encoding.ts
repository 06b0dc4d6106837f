import { BentoError } from "@bento/core";

/** How a body may be compressed on its way. */
export type ContentEncoding = "gzip" | "deflate" | "br";

/**
 * How a body is compressed; `undefined` where it is not.
 * @param header `content-encoding`
 * @throws BENTO_MEDIA_TYPE_UNSUPPORTED for anything that is not understood, several encodings too
 */
export function contentEncodingOf(header: string | undefined): ContentEncoding | undefined {
  if (header === undefined) return undefined;
  const name = header.trim().toLowerCase();
  switch (name) {
    case "":
    case "identity":
      return undefined;
    case "gzip":
    case "x-gzip":
      return "gzip";
    case "deflate":
    case "br":
      return name;
    default:
      throw new BentoError(
        "BENTO_MEDIA_TYPE_UNSUPPORTED",
        `The content encoding ${JSON.stringify(header.slice(0, 100))} is not understood.`,
        {
          hint: "Send gzip, deflate or br, one of them, or the body as it is.",
        },
      );
  }
}
