import { isIPv4, isIPv6 } from "node:net";

/** An IP address as a number, so that ranges can be compared whatever way it was written. */
export interface Address {
  /** 32 for IPv4, 128 for IPv6. An IPv4 address inside an IPv6 one is IPv6: it goes another way. */
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** All addresses that begin with the same bits. */
export interface AddressRange extends Address {
  /** How many bits those are. */
  readonly prefix: number;
}

/**
 * Reads an address in its usual spelling: `192.0.2.1`, `2001:db8::1`, `::ffff:192.0.2.1`.
 * @returns undefined for anything else: names, numbers in other bases, missing parts, zones such as `fe80::1%eth0`
 */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { bits: 32, value: joined(text.split(".").map(Number), 8n) };
  if (isIPv6(text) && !text.includes("%")) return { bits: 128, value: joined(groupsOf(text), 16n) };
  return undefined;
}

/**
 * Reads a range as `10.0.0.0/8` or `2001:db8::/32`.
 * @returns undefined for what is none, also where bits beyond the prefix are set, as in `10.0.0.1/8`
 */
export function parseRange(text: string): AddressRange | undefined {
  const [, start = "", digits = ""] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = parseAddress(start);
  const prefix = Number(digits);
  if (address === undefined || prefix > address.bits) return undefined;
  const rest = BigInt(address.bits - prefix);
  return (address.value >> rest) << rest === address.value ? { ...address, prefix } : undefined;
}

/** The range of one address. */
export function rangeOf(address: Address): AddressRange {
  return { ...address, prefix: address.bits };
}

/** Whether an address lies in a range. */
export function isWithin({ bits, value }: Address, range: AddressRange): boolean {
  const rest = BigInt(range.bits - range.prefix);
  return bits === range.bits && value >> rest === range.value >> rest;
}

function joined(parts: readonly number[], width: bigint): bigint {
  return parts.reduce((value, part) => (value << width) | BigInt(part), 0n);
}

/** The eight groups of an IPv6 address, with those that `::` stands for. */
function groupsOf(text: string): number[] {
  const [before = "", after] = text.split("::");
  const first = groups(before);
  if (after === undefined) return first;
  const last = groups(after);
  return [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last];
}

/** Groups as they are written; the last two may be an IPv4 address. */
function groups(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (!group.includes(".")) return Number.parseInt(group, 16);
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}
