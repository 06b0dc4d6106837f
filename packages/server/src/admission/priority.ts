import type { Identity } from "@bento/core";
import type { Priorities } from "@bento/sdk";

/** How urgent a call is that says nothing; RFC 9218 has it so. */
const defaultPriority = 3;
export const lowestPriority = 7;
const longestHeader = 256;

/** A call that may say how urgent it is. */
export interface Urgent {
  readonly identity: Identity | undefined;
  readonly incoming: { header(name: string): string | undefined };
}

/** How urgent a call is: 0, the most, to 7. */
export function priorityOf(priorities: Priorities | undefined): (call: Urgent) => number {
  if (priorities === "header") return ({ incoming }) => parsePriority(incoming.header("priority"));
  if (priorities === "identity") return ({ identity }) => asPriority(identity?.["priority"]);
  return () => defaultPriority;
}

function asPriority(value: unknown): number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= lowestPriority ? (value as number) : defaultPriority;
}

/** One member of a dictionary of RFC 9651, without inner lists, which no priority has; then the comma, or the end. */
const bareItem = /"(?:[ !#-[\]-~]|\\["\\])*"|:[A-Za-z0-9+/=]*:|\?[01]|-?\d{1,15}(?:\.\d{1,3})?|[A-Za-z*][\w!#$%&'*+.^`|~:/-]*/.source;
const key = /[a-z*][a-z0-9_.*-]*/.source;
const member = new RegExp(`(${key})(?:=(${bareItem}))?(?:; *${key}(?:=(?:${bareItem}))?)*(?:[ \\t]*(,)[ \\t]*|$)`, "y");

/**
 * The urgency that a header `Priority` of RFC 9218 says: `u=0` to `u=7`, beside other members. What is no such header, or
 * says none, is 3; of several the last holds.
 */
export function parsePriority(text: string | undefined): number {
  if (text === undefined || text.length > longestHeader) return defaultPriority;
  const trimmed = text.trim();
  let urgency = defaultPriority;
  member.lastIndex = 0;
  for (let end = 0, more = true; more; end = member.lastIndex) {
    const found = member.exec(trimmed);
    if (found === null) return defaultPriority;
    if (found[1] === "u") urgency = /^\d+$/.test(found[2] ?? "") ? asPriority(Number(found[2])) : defaultPriority;
    more = found[3] !== undefined;
    if (more && member.lastIndex === trimmed.length) return defaultPriority;
    if (!more && end > trimmed.length) return defaultPriority;
  }
  return urgency;
}
