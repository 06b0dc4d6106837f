import { afterAll, beforeAll, expect, test } from "vitest";

import { type BentoApp, createApp } from "../src/index.js";
import { badCases } from "./bad-input-cases.js";
import { expectRefusal } from "./bad-input-check.js";
import { json, LineLogger } from "./doors.js";
import { BadInput, kindNames } from "./fixtures/bad-input-service.mjs";

const paths = [...new Set(badCases.map(({ path }) => path))];
const logger = new LineLogger();
let app: BentoApp;

beforeAll(async () => {
  app = await createApp(BadInput, { logger });
});
afterAll(() => app.close());

test.each(paths)("what is malformed is refused at %s, and the service is told nothing of it", async (path) => {
  for (const bad of badCases.filter((one) => one.path === path)) await expectRefusal(await app.request(path, bad.init), bad);
  expect(logger.lines.filter(({ level }) => level === "error")).toEqual([]);
});

test("every kind is tried, as a field and as the whole input", () => {
  const both = kindNames.flatMap((name) => [`/${name}`, `/root-${name}`]);
  // As the whole input, any bytes are bytes.
  expect(both.filter((path) => !paths.includes(path))).toEqual(["/root-bytes"]);
});

test("of many problems a hundred are told, and how many there are", async () => {
  const wrong = [Array.from({ length: 300 }, () => "a")];
  const answer = (await (await app.request("/list", json(wrong))).json()) as { error: string; detail: unknown[] };
  expect([answer.detail.length, answer.error]).toEqual([100, expect.stringContaining("(at 0.0), and 299 more.")]);
});
