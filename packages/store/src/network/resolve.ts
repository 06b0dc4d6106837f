import { lookup } from "node:dns/promises";

import { type Address, parseAddress } from "./address.js";

/** Answers with the addresses of a name, in the order in which they are to be tried. */
export type Resolve = (name: string) => Promise<readonly string[]>;

/** As every program of this machine resolves names: its hosts file, then DNS. */
export const systemResolve: Resolve = async (name) => (await lookup(name, { all: true, verbatim: true })).map(({ address }) => address);

/** An address as connections take it, and as a number. */
export interface ResolvedAddress {
  readonly text: string;
  readonly address: Address;
}

/** The addresses of a URL's host: itself, or what its name resolves to. What is no plain address is left out. */
export async function addressesOf(host: string, resolve: Resolve): Promise<readonly ResolvedAddress[]> {
  const texts = parseAddress(host) === undefined ? await resolve(host) : [host];
  return texts.flatMap((text) => {
    const address = parseAddress(text);
    return address === undefined ? [] : [{ text, address }];
  });
}
