import { BentoError } from "@bento/core";
import { type AddressRange, hostOf, isPublicPlace, isWithin, parseAddress, parseRange, type Place, rangeOf } from "@bento/store/network";

/** One entry of the option `allow`: a host by its exact name, or addresses; with all ports or one. */
type Entry = { readonly port: number | undefined } & ({ readonly name: string } | { readonly range: AddressRange });

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
    return isPublicPlace(place) || this.#entries.some((entry) => fits(entry, place));
  }
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
