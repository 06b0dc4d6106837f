import type { Address } from "./address.js";
import { isPublic } from "./public-address.js";

/** Where a connection would go. */
export interface Place {
  /** The name or address in the URL, as {@link hostOf} writes it. */
  readonly host: string;
  readonly port: number;
  readonly address: Address;
}

/** Ports that URLs of strangers may name: elsewhere speak services that were never meant to be asked by them. */
const webPorts = new Set([80, 443]);

/** Whether anybody may ask there: a web port of a public address. */
export function isPublicPlace({ port, address }: Place): boolean {
  return webPorts.has(port) && isPublic(address);
}

/** A URL's host in one spelling: no brackets, no dot at the end. The URL parser has seen to the rest. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$|\.$/g, "");
}

/** The port of a URL, given or implied. */
export function portOf({ port, protocol }: URL): number {
  if (port !== "") return Number(port);
  return protocol === "https:" ? 443 : 80;
}
