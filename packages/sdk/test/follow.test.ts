import { expect, test } from "vitest";

import { BentoModel, defineService, service } from "../src/index.js";
import { specOf } from "../src/runtime.js";

@service({ follow: "latest" })
class Following {
  digits = new BentoModel("digits");
}

const spec = (follow: unknown) => specOf(defineService({ name: "a", follow: follow as never, apis: {} })).follow;

test("what a service follows is read with its other options", () => {
  expect(specOf(Following)).toMatchObject({ follow: { pollMs: 60_000 }, sharesState: false });
  expect(specOf(defineService({ name: "a", apis: {} }))).toMatchObject({ follow: undefined, sharesState: true });
  expect([spec({ version: "latest", pollSeconds: 0.5 }), spec({ version: "latest", pollSeconds: false }), spec(false)]).toEqual([
    { pollMs: 500 },
    { pollMs: undefined },
    undefined,
  ]);
});

test.each([
  ["v1", /follow of the service "a" (is|are) "v1"/],
  [true, /follow of the service "a" are true/],
  [{}, /names undefined/],
  [{ version: "v1" }, /names "v1"/],
  [{ version: "latest", pollSeconds: 0 }, /pollSeconds of follow of the service "a" is 0/],
  [{ version: "latest", pollSeconds: "1" }, /pollSeconds of follow of the service "a" is "1"/],
  [{ version: "latest", every: 1 }, /unknown option "every"/],
])("%o cannot be followed", (follow, message) => {
  expect(() => spec(follow)).toThrow(message);
});
