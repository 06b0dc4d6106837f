import type { JsonSchema } from "@bento/core";

import { type Counted, countedMembers } from "./counted-members.js";
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
  const { root, members } = countedMembers(input);
  if (root === undefined && members.size === 0) return undefined;
  const names = Array.from(members.keys(), (name) => Buffer.from(name));
  const kinds = Array.from(members.values());
  return (body) => {
    const scan = new JsonScan(body);
    scan.skipSpace();
    const counted = scan.isAt("{") ? countMembers(scan, names, kinds, dim) : root && countRoot(scan, root, dim);
    scan.skipSpace();
    return scan.isAtEnd ? counted : undefined;
  };
}

function countRoot(scan: JsonScan, { isDeep }: Counted, dim: number): BodyItems | undefined {
  if (!scan.isAt("[") || (isDeep && scan.isFlat())) return undefined;
  const items = scan.countItems(dim);
  return items === undefined ? undefined : { items, rest: "" };
}

function countMembers(scan: JsonScan, names: readonly Uint8Array[], kinds: readonly Counted[], dim: number): BodyItems | undefined {
  let items: number | undefined;
  let rest = "";
  const seen: boolean[] = [];
  for (let more = scan.enter(); more; more = scan.next()) {
    const start = scan.at;
    const member = scan.readName(names);
    if (member === undefined) return undefined;
    if (member >= 0) {
      // The last one would count, the ones before would not.
      if (seen[member] === true) return undefined;
      seen[member] = true;
    }
    const kind = kinds[member];
    if (kind === undefined || !scan.isAt("[")) {
      if (kind?.isItems === true) return undefined;
      if (!scan.skipValue()) return undefined;
      rest += `${scan.textFrom(start)},`;
      continue;
    }
    if (kind.isDeep && scan.isFlat()) return undefined;
    const count = scan.countItems(dim);
    if (count === undefined || (items !== undefined && items !== count)) return undefined;
    items = count;
  }
  return items === undefined || !scan.hasClosed ? undefined : { items, rest };
}
