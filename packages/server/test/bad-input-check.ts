import { expect } from "vitest";

import type { BadCase } from "./bad-input-requests.js";

/** The body of an answer to what was refused. */
interface Refused {
  readonly code: string;
  readonly error: string;
  readonly hint?: string;
  readonly detail?: readonly { readonly type: string; readonly loc: readonly (string | number)[]; readonly msg: string }[];
}

/** The most characters that a refusal is told in. */
const longestAnswer = 5000;

/** Fails unless the answer is the one that is due: short, with the right status and code, and naming what is wrong. */
export async function expectRefusal(response: Response, { what, status, code, at, says }: BadCase): Promise<void> {
  const text = await response.text();
  expect([what, text.length]).toEqual([what, expect.toSatisfy((length: number) => length < longestAnswer)]);
  // Neither a path of this machine nor a line of the source.
  expect([what, text]).toEqual([what, expect.not.stringMatching(/node_modules|\.ts:\d|\.js:\d/)]);
  const body = JSON.parse(text) as Refused | readonly [Refused];
  const { detail = [], ...refused } = Array.isArray(body) ? (body[0] as Refused) : (body as Refused);
  const told = `${refused.error} ${refused.hint ?? ""}`;
  const [issue] = detail;
  const where = at === undefined || at.length === 0 ? says : `(at ${at.join(".")})`;
  expect({ what, status: response.status, code: refused.code, at: issue?.loc, issue: issue?.type, told }).toEqual({
    what,
    status,
    code,
    at,
    issue: at === undefined ? undefined : says,
    told: at?.length === 0 ? expect.any(String) : expect.stringContaining(where),
  });
}
