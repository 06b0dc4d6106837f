import { api, defineService } from "@bento/sdk";
import { specOf } from "@bento/sdk/runtime";
import { expect, test } from "vitest";
import { z } from "zod";

import { outlineOf } from "./outline.js";

test("an outline crosses to another process as it is, its batching without the user's policy", () => {
  const texts = z.array(z.array(z.string()));
  const Made = defineService({
    name: "made",
    apis: {
      gathered: api({ input: texts, batchable: true, batchDim: [1, 0], batchPolicy: () => ({ type: "run", items: 1 }) }, () => []),
      single: api({ input: texts }, (given) => given),
    },
  });
  const outline = outlineOf(specOf(Made), new Map());
  expect(outline.apis.map(({ name, batch }) => [name, batch])).toEqual([
    ["gathered", { maxSize: 100, maxLatencyMs: 60_000, inputDim: 1, outputDim: 0 }],
    ["single", undefined],
  ]);
  expect(structuredClone(outline)).toEqual(outline);
  expect(JSON.parse(JSON.stringify(outline))).toEqual(outline);
});
