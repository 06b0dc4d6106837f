import { BentoError } from "@bento/core";
import type { RemoteLocation } from "../../remote.js";
import type { Asking } from "./asking.js";

/** The server of a location, with the query that goes along with each request. @throws BENTO_BAD_REQUEST where it names none */
export function serverUrl({ host, port, protocol }: RemoteLocation, isSecure: boolean, query = ""): URL {
  const text = `${isSecure ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}${port === undefined ? "" : `:${port}`}/`;
  if (host !== "" && !/[/?#@\\]/.test(host) && URL.canParse(text)) {
    const url = new URL(text);
    if (query !== "") url.search = `?${query}`;
    return url;
  }
  throw new BentoError("BENTO_BAD_REQUEST", `The ${protocol}:// location names no host.`, {
    hint: `Write ${protocol}://host/path.`,
  });
}

/** The URL of a path at a server. @throws BENTO_BAD_REQUEST for a path that no URL can have */
export function urlBelow(base: URL, path: string, asking: Asking): URL {
  const encoded = /\p{Surrogate}/u.test(path) ? undefined : path.split("/").map(encodeURIComponent).join("/");
  const url = new URL(base);
  if (encoded !== undefined) url.pathname = base.pathname + encoded;
  // Whoever reads URLs takes `.` and `..` for steps.
  if (encoded !== undefined && url.pathname === base.pathname + encoded) return url;
  throw asking.failure({ code: "BENTO_BAD_REQUEST", reason: "no URL can have this path" });
}
