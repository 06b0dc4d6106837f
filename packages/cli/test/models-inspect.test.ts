import { randomBytes } from "node:crypto";
import { FileModelStore } from "@bento/store";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "./bento.js";
import { run } from "./fake-terminal.js";

let folder: string;
let home: string;

beforeEach(async () => {
  const temporary = temporaryFolder();
  onTestFinished(() => temporary[Symbol.dispose]());
  folder = temporary.path;
  home = join(folder, "home");
  const input = { labels: { team: "vision" }, metadata: { accuracy: 0.98, classes: ["cat", "dog"] } };
  await new FileModelStore(home).create("digits:v1", input, async (draft) => {
    await draft.write("weights.bin", randomBytes(300_000));
    await draft.write("notes.txt", "");
  });
});

const models = (...args: readonly string[]) => run(["--home", home, "models", ...args]);

async function exported(format: string): Promise<string> {
  const path = join(folder, `out.${format}`);
  expect((await models("export", "digits", path, "--format", format)).exit).toBe(0);
  return path;
}

test("says what a zip is, and how little was read for it", async () => {
  const { exit, stdout, stderr } = await models("inspect", await exported("zip"));
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
  expect(stdout).toMatch(
    /^Model\(tag="digits:v1"\)\nFormat: {3}zip\nSize: {5}293\.\d\d KiB, 3 files\nArchive: {2}[\d.]+ KiB\nCreated: {2}20\S+\nLabels: {3}team=vision\nMetadata: accuracy=0\.98, classes=\["cat","dog"\], node_version=\S+\n Size +File\n(?: .+\n){3}[\d.]+ KiB of [\d.]+ KiB read\.\n$/,
  );
  const { bytes_read: read } = JSON.parse((await models("inspect", await exported("zip"), "-o", "json")).stdout) as { bytes_read: number };
  expect(read).toBeLessThan(70_000);
});

test("of a tar it says that the files are not listed, of a folder nothing of an archive", async () => {
  expect((await models("inspect", await exported("tar"))).stdout).toContain("\nIts files are not listed: ");
  const path = await exported("folder");
  writeFileSync(join(path, "\u001B[2J.txt"), "");
  const { stdout } = await models("inspect", path);
  expect(stdout).toContain("\\u001b[2J.txt");
  expect(stdout).not.toContain("Archive:");
});

test.each(["json", "yaml"])("-o %s", async (output) => {
  const { stdout } = await models("inspect", await exported("zip"), "-o", output);
  const document = output === "json" ? (JSON.parse(stdout) as object) : undefined;
  if (document === undefined) expect(stdout).toContain("tag: digits:v1\n");
  else {
    expect(document).toMatchObject({
      tag: "digits:v1",
      format: "zip",
      labels: { team: "vision" },
      metadata: { accuracy: 0.98, classes: ["cat", "dog"] },
      files: [{ path: "model.yaml" }, { path: "notes.txt" }, { path: "weights.bin", size_bytes: 300_000 }],
      bytes_read: expect.any(Number),
    });
  }
  expect(JSON.parse((await models("inspect", await exported("tar"), "-o", "json")).stdout)).toMatchObject({
    files: null,
    size_bytes: null,
  });
});

test("bento inspect says what a model is for it, and limits hold", async () => {
  const zip = await exported("zip");
  const wrong = await run(["inspect", zip]);
  expect(wrong).toMatchObject({ exit: 1, stderr: expect.stringMatching(/it holds a model\.\n/) });
  const refused = await models("inspect", zip, "--max-entries", "1");
  expect(refused).toMatchObject({ exit: 1, stderr: expect.stringContaining("--max-entries") });
});
