import { expect, test } from "vitest";

import { makeBody, planBody } from "./request.js";
import type { Endpoint } from "./service.js";
import { BytesValue, JsonLines, JsonText, Moment } from "./values.js";

const endpoint = (input: Endpoint["input"], isRoot: boolean): Endpoint => ({
  name: "one",
  member: "one",
  route: "/one",
  params: [],
  doc: undefined,
  input,
  output: {},
  isRoot,
  isStream: false,
});
const file = new Blob(["abc"], { type: "image/png" });

test.each<[string, Endpoint["input"], boolean, unknown, unknown]>([
  ["an object", { type: "object" }, false, { a: 1 }, { as: "json", value: { a: 1 } }],
  ["a file", { type: "file" }, true, file, { as: "file", file, type: "image/png" }],
  ["the URL of a file", { type: "file", "x-bento-url": true }, true, "https://a/b.png", { as: "text", text: "https://a/b.png" }],
  ["text", { type: "string" }, true, "1", { as: "text", text: "1" }],
  ["text among other kinds", {}, true, "1", { as: "json", value: "1" }],
  ["nothing", { type: "integer" }, true, undefined, { as: "none" }],
  ["bytes", { type: "string" }, true, new BytesValue(file, "base64"), { as: "file", file, type: "application/octet-stream" }],
  ["items", { type: "array" }, true, new JsonLines(["1", "2"]), { as: "lines", lines: ["1", "2"] }],
  [
    "a file and a URL",
    {},
    false,
    { a: file, b: "u", c: undefined },
    {
      as: "form",
      parts: [
        ["a", file],
        ["b", "u"],
      ],
    },
  ],
  [
    "several files",
    {},
    false,
    { a: [file, file] },
    {
      as: "form",
      parts: [
        ["a", file],
        ["a", file],
      ],
    },
  ],
  ["no files", {}, false, { a: [] }, { as: "json", value: { a: [] } }],
])("%s goes as it is read", (_what, input, isRoot, value, plan) => {
  expect(planBody(endpoint(input, isRoot), value)).toEqual(plan);
});

test("JSON that was typed goes as it stands, and what JSON has no word for as the server reads it", async () => {
  const value = {
    typed: new JsonText("[1.0, 12345678901234567890]"),
    at: new Moment("2026-01-01T00:00:00.000Z"),
    small: 7n,
    large: 2n ** 70n,
  };
  const { body } = await makeBody({ as: "json", value });
  expect(body).toBe(
    `{ "typed": [1.0, 12345678901234567890], "at": "2026-01-01T00:00:00.000Z", "small": 7, "large": "1180591620717411303424" }`,
  );
});

test("a part of a form that is no file is JSON", async () => {
  const { body, headers } = await makeBody({
    as: "form",
    parts: [
      ["a", file],
      ["b", "x"],
      ["c", [1]],
    ],
  });
  const form = body as FormData;
  expect([form.get("b"), form.get("c"), (form.get("a") as File).type, headers]).toEqual(['"x"', "[1]", "image/png", {}]);
});
