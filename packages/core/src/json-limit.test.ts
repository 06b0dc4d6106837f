import { expect, test } from "vitest";
import { checkContainers } from "./json-limit.js";

const most = 5_000_000;

test.each([
  ["deep lists", "[".repeat(most) + "]".repeat(most), "[".repeat(most + 1) + "]".repeat(most + 1)],
  ["many objects", `[${"{},".repeat(most - 1)} 1]`, `[${"{},".repeat(most)} 1]`],
  // What stands in strings is text, also behind a quote that is escaped.
  ["strings", `["${'[{\\"'.repeat(most)}"]`, `["\\"",${"[],".repeat(most)}1]`],
  ["a string without an end", `"${"[".repeat(3 * most)}`, `"\\\\"${"[".repeat(3 * most)}`],
])("%s: as many as may be are let through, one more is not", (_, right, wrong) => {
  checkContainers(right);
  expect(() => checkContainers(wrong)).toThrow(expect.objectContaining({ code: "BENTO_PAYLOAD_TOO_LARGE" }));
});
