import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "./bento.js";
import { run } from "./fake-terminal.js";

test.each([
  ["standard", []],
  ["legacy", ["--legacy-decorators"]],
])("init writes a project with %s decorators, and never over another", async (world, options) => {
  using temporary = temporaryFolder();
  const folder = join(temporary.path, "My-Service");
  const { exit, stdout, stderr } = await run(["init", folder, ...options]);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
  expect(stdout).toContain(`cd ${folder}\n`);
  expect(existsSync(join(folder, "src", "service.ts"))).toBe(true);
  expect(readFileSync(join(folder, "tsconfig.json"), "utf8").includes("experimentalDecorators")).toBe(world === "legacy");
  const again = await run(["init", folder]);
  expect(again).toMatchObject({ exit: 1, stdout: "" });
  expect(again.stderr).toMatch(/^error: .+ is not empty.*\nhint: /);
});
