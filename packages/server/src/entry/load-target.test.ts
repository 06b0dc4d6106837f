import { expect, test } from "vitest";

import { parseTarget } from "./load-target.js";

test.each([
  ["./service.ts:Digits", "./service.ts", "Digits"],
  ["service.js", "service.js", undefined],
  ["/srv/a:b/service.ts", "/srv/a:b/service.ts", undefined],
  ["/srv/a:b/service.ts:my-service", "/srv/a:b/service.ts", "my-service"],
  ["C:\\app\\service.ts", "C:\\app\\service.ts", undefined],
  ["C:\\app\\service.ts:Digits", "C:\\app\\service.ts", "Digits"],
  ["C:service.ts", "C:service.ts", undefined],
  ["file:///srv/service.ts:Digits", "/srv/service.ts", "Digits"],
  ["file:///srv/service.ts", "/srv/service.ts", undefined],
  ["./service.ts:", "./service.ts:", undefined],
])("%s", (target, file, name) => {
  expect(parseTarget(target)).toEqual({ file, name });
});
