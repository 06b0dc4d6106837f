import { BentoError } from "@bento/core";

import { type Address, type AddressRange, isWithin, parseAddress, parseRange, rangeOf } from "./address.js";
import { isPublic } from "./public-address.js";

/** Where a connection would go. */
export interface Place {
  /** The name or address in the URL, as {@link hostOf} writes it. */
  readonly host: string;
  readonly port: number;
  readonly address: Address;
}

/** One entry of the option `allow`: a host by its exact name, or addresses; with all ports or one. */
type Entry = { readonly port: number | undefined } & ({ readonly name: string } | { readonly range: AddressRange });

/** Ports that URLs of strangers may name: elsewhere speak services that were never meant to be asked by them. */
const webPorts = new Set([80, 443]);

/** Which places may be connected to: those that the operator named, and the web ports of public addresses. */
export class Trust {
  readonly #entries: readonly Entry[];

  /**
   * @param allow see `UrlInputsOptions.allow`
   * @throws BENTO_CONFIG_INVALID
   */
  constructor(allow: readonly string[]) {
    this.#entries = allow.map(parseEntry);
  }

  /** Whether a connection to this place may be opened. */
  permits(place: Place): boolean {
    return (webPorts.has(place.port) && isPublic(place.address)) || this.#entries.some((entry) => fits(entry, place));
  }
}

/** A URL's host as entries are compared with it: no brackets, no dot at the end. The URL parser has seen to the rest. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$|\.$/g, "");
}

function fits(entry: Entry, { host, port, address }: Place): boolean {
  if (entry.port !== undefined && entry.port !== port) return false;
  return "name" in entry ? entry.name === host : isWithin(address, entry.range);
}

function parseEntry(text: string): Entry {
  if (typeof text !== "string") throw noEntry(text);
  const alone = parseRange(text) ?? soleRange(text);
  if (alone !== undefined) return { port: undefined, range: alone };
  const [, written = "", digits] = /^(\[[^\]]*\]|[^\s:/\\?#@*]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const url = `http://${written}/`;
  const port = digits === undefined ? undefined : Number(digits);
  if (written === "" || !URL.canParse(url) || port === 0 || (port ?? 0) > 65_535) throw noEntry(text);
  const host = hostOf(new URL(url));
  const range = soleRange(host);
  return range === undefined ? { port, name: host } : { port, range };
}

function soleRange(text: string): AddressRange | undefined {
  const address = parseAddress(text);
  return address && rangeOf(address);
}

function noEntry(text: unknown): BentoError {
  return new BentoError("BENTO_CONFIG_INVALID", `The option urlInputs.allow holds ${JSON.stringify(text)}.`, {
    hint: 'Give hosts ("files.internal", "files.internal:8080") and addresses ("10.0.0.7", "10.1.0.0/16"), without wildcards or https://.',
  });
}
