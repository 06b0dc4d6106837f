import { BentoFile, type BentoIssue, type Schema } from "@bento/core";
import * as v from "valibot";
import { expect, test } from "vitest";
import { z } from "zod";
import * as mini from "zod/mini";
import { image } from "../kinds/image.js";
import { tensor } from "../kinds/tensor.js";
import { apiSchema } from "./api-schema.js";

async function issues(schema: Schema, value: unknown, isBrief: boolean): Promise<readonly BentoIssue[]> {
  const result = await apiSchema(schema, "input").validate(value, isBrief);
  return result.issues ?? [];
}

const wrong = Array.from({ length: 1000 }, () => "a");

test.each<[string, Schema, number]>([
  ["zod", z.array(z.number()), 1],
  ["zod within an object", z.object({ list: z.array(z.array(z.number())) }), 1],
  ["zod/mini", mini.array(mini.number()), 1],
  ["valibot, which tells of all", v.array(v.number()), 1000],
])("of a list of wrong items the first is told: %s", async (_, schema, told) => {
  const value = schema["~standard"].vendor === "zod" && "shape" in schema ? { list: [wrong] } : wrong;
  const [all, brief] = [await issues(schema, value, false), await issues(schema, value, true)];
  expect([all.length, brief.length]).toEqual([1000, told]);
  expect(brief[0]).toEqual(all[0]);
});

test("what is valid is the same, at once where nothing is waited for, kinds and defaults too", async () => {
  const schema = z.object({ points: tensor("float32", ["n", 2]), name: z.string().default("none"), at: z.date().catch(new Date(0)) });
  const brief = apiSchema(schema, "input").validate({ points: [[1, 2]], at: "never" }, true);
  expect(brief).toMatchObject({ value: { name: "none", at: new Date(0) } });
  expect(brief).toEqual(apiSchema(schema, "input").validate({ points: [[1, 2]], at: "never" }));
});

test("what has to be waited for is, and named dimensions are compared", async () => {
  const both = z.object({ picture: image(), a: tensor("int8", ["n"]), b: tensor("int8", ["n"]) });
  const picture = BentoFile.from(Uint8Array.of(0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 1, 0, 1, 0, 0, 0, 0));
  expect(await issues(both, { picture, a: [1], b: [2] }, true)).toEqual([]);
  expect(await issues(both, { picture, a: [1], b: [2, 3] }, true)).toMatchObject([{ path: ["b"], code: "shape_mismatch" }]);
  expect(await issues(both, { picture: new Uint8Array(3), a: [1], b: [1] }, true)).toMatchObject([{ path: ["picture"] }]);
});

test("a check that throws does so either way", async () => {
  const schema = z.number().refine(() => {
    throw new RangeError("too much");
  });
  for (const isBrief of [false, true]) await expect(issues(schema, 1, isBrief)).rejects.toThrow("too much");
});
