import type { JsonSchema } from "@bento/core";

import { countedMembers } from "./counted-members.js";
import { JsonScan } from "./json-scan.js";

/** What a batch needs to know of a JSON body that is not decoded. */
export interface BodyItems {
  /** How many items it carries. */
  readonly items: number;
  /**
   * The text of all members that hold no items, `""` where there are none. Bodies with the same text may be in one batch;
   * the same members written otherwise are taken for others.
   */
  readonly rest: string;
}

/**
 * Counts the items of a body without decoding it. It never throws; `undefined` says that the body has to be decoded to
 * tell: its arrays disagree, it has none, a name comes twice, it is no JSON. What is returned for a body that is valid
 * JSON is the truth about it; a malformed one may be counted too, and is found out by whoever decodes it.
 */
export type BodyCounter = (body: Uint8Array) => BodyItems | undefined;

/**
 * The counter of an endpoint's JSON bodies; `undefined` where the input has no array that a schema tells of.
 *
 * Made for the process that gathers batches for others: it goes over the bytes once, keeps nothing and does not recurse.
 * @param input JSON Schema of the endpoint's input
 * @param dim the dimension of its arrays along which the items lie; of ragged ones the first row counts
 */
export function makeBodyCounter(input: JsonSchema, dim: number): BodyCounter | undefined {
  const { root, names } = countedMembers(input);
  if (!root && names.length === 0) return undefined;
  const members = names.map((name) => Buffer.from(name));
  return (body) => {
    const scan = new JsonScan(body);
    scan.skipSpace();
    const counted = scan.isAt("{") ? countMembers(scan, members, dim) : root ? countRoot(scan, dim) : undefined;
    scan.skipSpace();
    return scan.isAtEnd ? counted : undefined;
  };
}

function countRoot(scan: JsonScan, dim: number): BodyItems | undefined {
  if (!scan.isAt("[")) return undefined;
  const items = scan.countItems(dim);
  return items === undefined ? undefined : { items, rest: "" };
}

function countMembers(scan: JsonScan, members: readonly Uint8Array[], dim: number): BodyItems | undefined {
  let items: number | undefined;
  let rest = "";
  const seen: boolean[] = [];
  for (let more = scan.enter(); more; more = scan.next()) {
    const start = scan.at;
    const member = scan.readName(members);
    if (member === undefined) return undefined;
    if (member >= 0) {
      // The last one would count, the ones before would not.
      if (seen[member] === true) return undefined;
      seen[member] = true;
    }
    if (member < 0 || !scan.isAt("[")) {
      if (!scan.skipValue()) return undefined;
      rest += `${scan.textFrom(start)},`;
      continue;
    }
    const count = scan.countItems(dim);
    if (count === undefined || (items !== undefined && items !== count)) return undefined;
    items = count;
  }
  return items === undefined || !scan.hasClosed ? undefined : { items, rest };
}
