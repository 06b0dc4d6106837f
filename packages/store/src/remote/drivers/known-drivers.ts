import { BentoError } from "@bento/core";
import type { Remote, RemoteDriver, RemoteLocation, RemoteOpenOptions } from "../remote.js";
import { builtIn, type LoadDriver } from "./built-in.js";

/** By scheme: those of this package, and those that were registered. */
const drivers = new Map<string, LoadDriver>(builtIn);

/** Words that can stand before `://`. @source RFC 3986 3.1 */
const schemeForm = /^[a-z][a-z0-9+.-]*$/;
/** Places of this machine, which have rules of their own. */
const reserved: ReadonlySet<string> = new Set(["file", "osfs", "tar", "zip"]);

/**
 * Makes a scheme known: `registerRemote("vault", { open: async (location) => new VaultRemote(location) })`. From then on
 * `vault://...` can be exported to and imported from. A scheme that is known gets the new driver.
 * @throws BENTO_BAD_REQUEST for what cannot be a scheme, and for `file`
 */
export function registerRemote(scheme: string, driver: RemoteDriver | LoadDriver): void {
  if (typeof scheme !== "string" || !schemeForm.test(scheme) || reserved.has(scheme)) {
    throw new BentoError("BENTO_BAD_REQUEST", `${JSON.stringify(scheme)} cannot be the scheme of a remote.`, {
      hint: "Use small letters, digits, +, . and -, beginning with a letter; file is always this machine.",
    });
  }
  drivers.set(scheme, typeof driver === "function" ? driver : () => Promise.resolve(driver));
}

/** Whether there is a driver for a scheme. */
export function isRemoteScheme(scheme: string): boolean {
  return drivers.has(scheme);
}

/** All schemes that can be reached, in the order in which they became known. */
export function remoteSchemes(): readonly string[] {
  return [...drivers.keys()];
}

/** Opens what a driver has at a location, as the driver gives it. @throws BENTO_BAD_REQUEST for schemes that are not known; what the driver throws */
export async function openDriver(location: RemoteLocation, options: RemoteOpenOptions): Promise<Remote> {
  const load = drivers.get(location.protocol);
  if (load === undefined) throw unknownScheme(location.protocol);
  return (await load()).open(location, options);
}

/** Names no more than the scheme: the rest of a URL may hold secrets. */
export function unknownScheme(scheme: string): BentoError {
  return new BentoError("BENTO_BAD_REQUEST", `Nothing here can reach ${JSON.stringify(`${scheme}://`)}.`, {
    hint: `Known are ${remoteSchemes().join(", ")}; registerRemote() makes others known.`,
  });
}
