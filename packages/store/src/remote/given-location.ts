import { BentoError } from "@bento/core";
import type { LocationOptions } from "../archive/location.js";
import type { RemoteLocation } from "./remote.js";
import { locationOfPath, locationOfUrl } from "./remote-location.js";

/** What a caller may say of a place elsewhere. */
export interface GivenLocation extends LocationOptions {
  /** See {@link RemoteLocation.isUntrusted}. */
  readonly untrusted?: boolean | undefined;
}

/**
 * The remote that a caller named, by a URL or by a plain path with its protocol.
 * @throws BENTO_BAD_REQUEST for what is said twice, cannot be, or nothing can reach
 */
export function givenLocation(given: string | URL, options: GivenLocation): RemoteLocation {
  const { protocol, subpath, user, password, params, untrusted } = options;
  const common = { user, password, params, isUntrusted: untrusted };
  if (typeof given === "string" && !given.includes("://"))
    return locationOfPath(given, { ...common, protocol: protocol as string, subpath });
  if (protocol === undefined && subpath === undefined) return locationOfUrl(given, common);
  throw new BentoError("BENTO_BAD_REQUEST", "A URL names its protocol and path itself; protocol and subpath cannot add to it.", {
    hint: "Put them into the URL, or give a plain path.",
  });
}

/** The URL of something at a remote, without user, password and params: what may be shown, and kept. */
export function shownUrl(remoteName: string, path: string): string {
  return remoteName + path.split("/").map(encodeURIComponent).join("/");
}
