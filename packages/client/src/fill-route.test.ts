import { expect, test } from "vitest";

import { fillRoute } from "./fill-route.js";

test.each<[string, Record<string, string | number> | undefined, string]>([
  ["/items/{key}", { key: "a/b c?#" }, "/items/a%2Fb%20c%3F%23"],
  ["/{a}/of/{b}", { a: 1, b: "…", c: "x" }, "/1/of/%E2%80%A6"],
  ["/items/{key}", undefined, "/items/{key}"],
  ["/items/{key}", { other: "x" }, "/items/{key}"],
  ["/{constructor}", {}, "/{constructor}"],
])("%s with %j", (route, params, path) => {
  expect(fillRoute(route, params)).toBe(path);
});

test.each(["", ".", ".."])("%j is no segment of a path", (key) => {
  expect(() => fillRoute("/items/{key}", { key })).toThrow(expect.objectContaining({ code: "BENTO_BAD_REQUEST" }));
});
