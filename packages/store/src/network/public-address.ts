import { type Address, type AddressRange, isWithin, parseRange } from "./address.js";

/** IPv4 that leads into this machine, its networks or nowhere: IANA's special-purpose registry, and what clouds add to it. */
const special4 = rangesOf([
  "0.0.0.0/8", // this machine
  "10.0.0.0/8", // private
  "100.64.0.0/10", // shared by customers of a carrier; some clouds keep their metadata here
  "127.0.0.0/8", // loopback
  "168.63.129.16/32", // Azure's own services, though it looks public
  "169.254.0.0/16", // link-local; metadata of most clouds
  "172.16.0.0/12", // private
  "192.0.0.0/24", // protocols
  "192.0.2.0/24", // documentation
  "192.31.196.0/24", // AS112
  "192.52.193.0/24", // multicast tunnels
  "192.88.99.0/24", // 6to4 relays
  "192.168.0.0/16", // private
  "192.175.48.0/24", // AS112
  "198.18.0.0/15", // benchmarks
  "198.51.100.0/24", // documentation
  "203.0.113.0/24", // documentation
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, broadcast
]);

/**
 * All IPv6 that is given out. Outside of it lie loopback, unspecified, IPv4-mapped and -compatible (`::/96`), NAT64
 * (`64:ff9b::/96`, `64:ff9b:1::/48`), unique local (`fc00::/7`), link-local, site-local and multicast.
 */
const given6 = rangesOf(["2000::/3"]);

/** What of that is special: much of it carries an IPv4 address, which may be any. */
const special6 = rangesOf([
  "2001::/23", // protocols: Teredo, ORCHID, benchmarks
  "2001:db8::/32", // documentation
  "2002::/16", // 6to4
  "2620:4f:8000::/48", // AS112
  "3fff::/20", // documentation
]);

/** ISATAP: below any prefix, an interface whose last 32 bits are an IPv4 address. */
const isatap = new Set([0x0000_5efen, 0x0200_5efen]);

/** Whether an address is one of the internet's, that anybody may ask: neither this machine nor anything inside its networks. */
export function isPublic(address: Address): boolean {
  if (address.bits === 32) return !isIn(special4, address);
  return isIn(given6, address) && !isIn(special6, address) && !isatap.has((address.value >> 32n) & 0xffff_ffffn);
}

function isIn(ranges: readonly AddressRange[], address: Address): boolean {
  return ranges.some((range) => isWithin(address, range));
}

function rangesOf(texts: readonly string[]): readonly AddressRange[] {
  return texts.map((text) => {
    const range = parseRange(text);
    if (range === undefined) throw new TypeError(`${text} is no range of addresses.`);
    return range;
  });
}
