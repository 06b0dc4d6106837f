import type { EndpointInfo } from "@bento/client";

type Output = EndpointInfo["output"];

/** Whether an endpoint certainly answers with bytes: nothing to be looked at. */
export function answersBytes({ type, format }: Output): boolean {
  return type === "file" || (type === "string" && format === "binary");
}

/** What the answer of an endpoint may be saved as: `./draw.png`. */
export function savedAs(endpoint: string, { format, content_type: contentType }: Output): string {
  const [, subtype = format === "image" ? "png" : "bin"] =
    /\/([a-z\d]{2,5})$/.exec(typeof contentType === "string" ? contentType : "") ?? [];
  return `./${endpoint}.${subtype}`;
}
