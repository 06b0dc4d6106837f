import { BentoError } from "@bento/core";

/**
 * Refuses a request whose body cannot be read, by its content type and before the body is asked for.
 *
 * JSON is the default: no content type and `application/octet-stream` mean JSON, as in BentoML. Plain text is JSON too,
 * except for endpoints whose input is a string; they take the bytes as they are, whichever of these types they come as.
 * @throws BENTO_MEDIA_TYPE_UNSUPPORTED for everything else, pickle first of all: nothing here can decode it
 */
export function checkContentType(contentType: string | undefined): void {
  // The two spellings that nearly every request has.
  if (contentType === "application/json" || contentType === undefined) return;
  const [type = "", ...parameters] = contentType.toLowerCase().split(";");
  const charset = parameters.map((parameter) => /^\s*charset="?([^"\s]*)"?\s*$/.exec(parameter)?.[1]).find((name) => name !== undefined);
  if (charset !== undefined && !utf8Names.has(charset)) throw unsupported(contentType, "Send UTF-8.");
  const name = type.trim();
  if (understood.has(name) || /^application\/[^/]+\+json$/.test(name)) return;
  throw unsupported(contentType, hints[name] ?? "Send JSON with Content-Type: application/json.");
}

const understood = new Set(["application/json", "application/octet-stream", "text/plain", ""]);
const utf8Names = new Set(["utf-8", "utf8", "us-ascii"]);

const hints: Partial<Record<string, string>> = {
  "application/x-www-form-urlencoded": 'This is what curl sends with -d alone: add -H "content-type: application/json".',
  "multipart/form-data": "Send the fields as one JSON object with Content-Type: application/json.",
  "application/x-safetensors": "Nothing in the input of this endpoint is a tensor; send JSON with Content-Type: application/json.",
  "application/vnd.apache.arrow.stream":
    "The input of this endpoint is no table and has no tensors; send JSON with Content-Type: application/json.",
  "application/vnd.bentoml+pickle": "Pickle can run code and is never decoded here; send JSON with Content-Type: application/json.",
};

function unsupported(contentType: string, hint: string): BentoError {
  const quoted = JSON.stringify(contentType.slice(0, 200));
  return new BentoError("BENTO_MEDIA_TYPE_UNSUPPORTED", `The content type ${quoted} is not understood by this endpoint.`, { hint });
}
