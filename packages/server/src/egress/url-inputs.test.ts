import { expect, test } from "vitest";

import { urlInputRules, type UrlInputsOptions } from "./url-inputs.js";

test("URLs are off unless somebody turns them on", () => {
  expect(urlInputRules(undefined, 10)).toBeUndefined();
  expect(urlInputRules(false, 10)).toBeUndefined();
  expect(urlInputRules(true, 10)).toMatchObject({ maxBytes: 10, timeoutMs: 30_000 });
  expect(urlInputRules({ maxBytes: 5, timeoutMs: 7 }, 10)).toMatchObject({ maxBytes: 5, timeoutMs: 7 });
});

test.each<[unknown, string]>([
  ["yes", 'The option urlInputs is "yes".'],
  [[], "The option urlInputs is []."],
  [1, "The option urlInputs is 1."],
  [{ allow: "10.0.0.1" }, 'The option urlInputs.allow is "10.0.0.1".'],
  [{ allow: ["*"] }, 'The option urlInputs.allow holds "*".'],
  [{ maxBytes: -1 }, "The option urlInputs.maxBytes is -1."],
  [{ maxBytes: "1MB" }, 'The option urlInputs.maxBytes is "1MB".'],
  [{ timeoutMs: 0 }, "The option urlInputs.timeoutMs is 0."],
])("%j is refused", (option, message) => {
  expect(() => urlInputRules(option as UrlInputsOptions, 10)).toThrow(expect.objectContaining({ code: "BENTO_CONFIG_INVALID", message }));
});
