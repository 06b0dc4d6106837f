import { BlockList } from "node:net";

import fc from "fast-check";
import { expect, test } from "vitest";

import { isWithin, parseAddress, parseRange } from "./address.js";

const addresses = fc.oneof(fc.ipV4(), fc.ipV6());

test.each<[string, number, bigint]>([
  ["0.0.0.0", 32, 0n],
  ["1.2.3.4", 32, 0x0102_0304n],
  ["255.255.255.255", 32, 0xffff_ffffn],
  ["::", 128, 0n],
  ["::1", 128, 1n],
  ["1::", 128, 1n << 112n],
  ["2001:db8::8:800:200c:417a", 128, 0x2001_0db8_0000_0000_0008_0800_200c_417an],
  ["::ffff:1.2.3.4", 128, 0xffff_0102_0304n],
  ["1:2:3:4:5:6:7:8", 128, 0x0001_0002_0003_0004_0005_0006_0007_0008n],
])("%s is %i bits", (text, bits, value) => {
  expect(parseAddress(text)).toEqual({ bits, value });
});

test.each([
  "",
  "1.2.3",
  "1.2.3.4.",
  "1.2.3.256",
  "01.2.3.4",
  "0x7f.0.0.1",
  "2130706433",
  "[::1]",
  "fe80::1%eth0",
  "fe80::1%25eth0",
  ":::",
  " ::1",
])("%j is no address", (text) => {
  expect(parseAddress(text)).toBeUndefined();
});

test.each(["1.2.3.4", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "/8", "::/129", "10/8", "10.0.0.0/-1", "::1%1/128"])(
  "%j is no range",
  (text) => {
    expect(parseRange(text)).toBeUndefined();
  },
);

test("Node finds the same addresses in the same ranges", () => {
  const starts = fc.oneof(fc.tuple(fc.ipV4(), fc.nat(32)), fc.tuple(fc.ipV6(), fc.nat(128)));
  fc.assert(
    fc.property(starts, addresses, fc.boolean(), ([start, prefix], other, isNear) => {
      const from = parseAddress(start);
      const known = parseAddress(isNear ? start : other);
      if (from === undefined || known === undefined) throw new Error(`${start} and ${other} are addresses.`);
      const rest = BigInt(from.bits - prefix);
      const range = { ...from, value: (from.value >> rest) << rest, prefix };
      const list = new BlockList();
      list.addSubnet(start, prefix, familyOf(from.bits));
      // Node takes an IPv4 address and its IPv6 form for the same, which they are not here.
      const isSame = from.bits === known.bits && list.check(isNear ? start : other, familyOf(known.bits));
      expect(isWithin(known, range)).toBe(isSame);
    }),
  );
});

function familyOf(bits: number): "ipv4" | "ipv6" {
  return bits === 32 ? "ipv4" : "ipv6";
}
