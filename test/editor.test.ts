import { beforeAll, expect, test } from "vitest";
import { startLanguageServer } from "./support/language-server.js";
import { buildPackages, workspaceRoot } from "./support/workspace.js";

const smokeTest = `${workspaceRoot}examples/quickstart/smoke.test.ts`;

// The example sees the packages as an outsider does: by their declarations.
beforeAll(buildPackages, 120_000);

test("an editor shows the types of a client's methods, without a trace of how they travelled", async () => {
  await using editor = await startLanguageServer();
  expect(await editor.hover(smokeTest, "(url).classify({ images })", "classify(")).toBe(
    "(property) classify: (input: { images: number[][]; }, options?: CallOptions) => Promise<number[]>",
  );
  expect(await editor.hover(smokeTest, "(url).probabilities({ images })", "probabilities(")).toBe(
    "(property) probabilities: (input: { images: number[][]; }, options?: CallOptions) => Promise<{ digit: number; probability: number; all: number[]; }[]>",
  );
}, 60_000);
