import fc from "fast-check";
import { expect, test } from "vitest";

import { parseAddress, parseRange } from "./address.js";
import { isPublic } from "./public-address.js";

const publicOf = (text: string): boolean => {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} is an address.`);
  return isPublic(address);
};

test.each([
  ["loopback", "127.0.0.0/8"],
  ["this machine", "0.0.0.0/8"],
  ["private", "10.0.0.0/8"],
  ["private", "172.16.0.0/12"],
  ["private", "192.168.0.0/16"],
  ["carrier-grade NAT", "100.64.0.0/10"],
  ["link-local", "169.254.0.0/16"],
  ["multicast", "224.0.0.0/4"],
  ["reserved", "240.0.0.0/4"],
  ["benchmarks", "198.18.0.0/15"],
  ["documentation", "203.0.113.0/24"],
  ["6to4 relays", "192.88.99.0/24"],
  ["unspecified", "::/128"],
  ["loopback", "::1/128"],
  ["IPv4-compatible", "::/96"],
  ["IPv4-mapped", "::ffff:0:0/96"],
  ["IPv4-translated", "::ffff:0:0:0/96"],
  ["NAT64", "64:ff9b::/96"],
  ["local NAT64", "64:ff9b:1::/48"],
  ["discard", "100::/64"],
  ["Teredo", "2001::/32"],
  ["ORCHID", "2001:20::/28"],
  ["documentation", "2001:db8::/32"],
  ["6to4", "2002::/16"],
  ["documentation", "3fff::/20"],
  ["segment routing", "5f00::/16"],
  ["unique local", "fc00::/7"],
  ["link-local", "fe80::/10"],
  ["site-local", "fec0::/10"],
  ["multicast", "ff00::/8"],
])("nothing of %s is public: %s", (_name, text) => {
  const range = parseRange(text);
  if (range === undefined) throw new Error(`${text} is a range.`);
  const { bits, value, prefix } = range;
  const size = 1n << BigInt(bits - prefix);
  fc.assert(
    fc.property(fc.bigInt(0n, size - 1n), (offset) => !isPublic({ bits, value: value + offset })),
    { examples: [[0n], [size - 1n]] },
  );
});

test.each(["169.254.169.254", "100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254"])(
  "%s, where clouds tell machines their secrets, is not public",
  (text) => {
    expect(publicOf(text)).toBe(false);
  },
);

test.each(["2606:4700::5efe:10.0.0.1", "2606:4700::200:5efe:8.8.8.8"])("%s, which carries an IPv4 address, is not public", (text) => {
  expect(publicOf(text)).toBe(false);
});

test.each([
  "1.1.1.1",
  "8.8.8.8",
  "9.255.255.255",
  "11.0.0.0",
  "100.63.255.255",
  "100.128.0.0",
  "126.255.255.255",
  "128.0.0.0",
  "172.15.255.255",
  "172.32.0.0",
  "192.167.255.255",
  "192.169.0.0",
  "223.255.255.255",
  "2000::",
  "2001:200::",
  "2003::",
  "2606:4700:4700::1111",
  "2a00:1450:4001::200e",
])("%s is public", (text) => {
  expect(publicOf(text)).toBe(true);
});
