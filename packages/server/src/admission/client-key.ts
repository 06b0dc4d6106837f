import { createHash } from "node:crypto";
import { isIPv6 } from "node:net";

import type { Fairness } from "@bento/sdk";

import type { Urgent } from "./priority.js";

/** Of a longer key, its digest is kept: a caller chooses how long the header is. */
const longestKey = 64;
const mappedPrefix = "::ffff:";

/** A call that may say who it is from. */
export interface KnownCaller extends Urgent {
  readonly incoming: Urgent["incoming"] & { readonly remote: string | undefined };
}

/** Which client a call is from; those that nothing is known of are one together. */
export function clientKeyOf(fairness: Fairness | undefined): (call: KnownCaller) => string {
  if (fairness === undefined) return () => "";
  if (fairness === "identity") return ({ identity }) => bounded(identity?.id ?? "");
  if (fairness === "address") return ({ incoming }) => networkOf(incoming.remote ?? "");
  const { header } = fairness;
  return ({ incoming }) => bounded(incoming.header(header) ?? "");
}

function bounded(key: string): string {
  return key.length <= longestKey ? key : createHash("sha256").update(key).digest("base64");
}

/** An IPv4 address; or the /64 network of an IPv6 one, all of whose addresses one machine may have. */
export function networkOf(address: string): string {
  if (address.startsWith(mappedPrefix)) return address.slice(mappedPrefix.length);
  if (!isIPv6(address)) return address;
  const [left = "", right] = address.split("::");
  const before = left === "" ? [] : left.split(":");
  const after = right === undefined || right === "" ? [] : right.split(":");
  const all = [...before, ...Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => "0"), ...after];
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
