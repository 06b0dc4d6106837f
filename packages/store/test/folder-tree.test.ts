import { execFileSync } from "node:child_process";
import { appendFileSync, chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FileModelStore, folderTree } from "../src/index.js";
import { codeOf, errorOf } from "./model-store-contract.js";
import { collected } from "./support/codec-contract.js";
import { unpackHome } from "./support/fixture-home.js";
import { temporaryFolder } from "./support/temporary-folder.js";

describe("what a tree carries", () => {
  test("the owner's right to execute alone, whatever else a mode says", async () => {
    await using folder = await temporaryFolder();
    for (const mode of [0o644, 0o600, 0o755, 0o700, 0o655, 0o4711]) {
      writeFileSync(join(folder.path, mode.toString(8)), "");
      chmodSync(join(folder.path, mode.toString(8)), mode);
    }
    const entries = await folderTree(folder.path).entries();
    const executable = entries.filter((entry) => entry.kind === "file" && entry.executable).map(({ path }) => path);
    expect(executable).toEqual(["4711", "700", "755"]);
  });

  test("links that stay inside, as what they lead to; also when the top is a link", async () => {
    await using folder = await temporaryFolder();
    mkdirSync(join(folder.path, "top/real"), { recursive: true });
    writeFileSync(join(folder.path, "top/real/f"), "abc");
    symlinkSync("real/f", join(folder.path, "top/file"));
    symlinkSync("file", join(folder.path, "top/again"));
    symlinkSync("real", join(folder.path, "top/sub"));
    symlinkSync("top", join(folder.path, "link"));
    const tree = folderTree(join(folder.path, "link"));
    expect((await tree.entries()).map(({ kind, path }) => [kind, path])).toEqual([
      ["file", "again"],
      ["file", "file"],
      ["folder", "real"],
      ["file", "real/f"],
      ["folder", "sub"],
      ["file", "sub/f"],
    ]);
    for (const path of ["again", "file", "sub/f"]) expect(Buffer.from(await tree.read(path)).toString()).toBe("abc");
    for await (const chunk of tree.stream("again")) expect(Buffer.from(chunk).toString()).toBe("abc");
  });

  test("no file outside, when a link took the place of a folder since the walk", async () => {
    await using folder = await temporaryFolder();
    for (const below of ["top/real", "out"]) mkdirSync(join(folder.path, below), { recursive: true });
    for (const [name, size] of [
      ["small", 10],
      ["large", 300_000],
    ] as const) {
      writeFileSync(join(folder.path, "top/real", name), "");
      writeFileSync(join(folder.path, "out", name), Buffer.alloc(size));
    }
    const tree = folderTree(join(folder.path, "top"));
    await tree.entries();
    renameSync(join(folder.path, "top/real"), join(folder.path, "top/moved"));
    symlinkSync("../out", join(folder.path, "top/real"));
    for (const name of ["small", "large"]) {
      expect(await errorOf(tree.read(`real/${name}`))).toMatchObject({
        code: "BENTO_MODEL_INVALID",
        message: expect.stringMatching(/leads out/) as string,
      });
      expect(await codeOf(collected(tree.stream(`real/${name}`)))).toBe("BENTO_MODEL_INVALID");
    }
    rmSync(join(folder.path, "top/real"));
    symlinkSync("moved", join(folder.path, "top/real"));
    expect(await tree.read("real/small")).toHaveLength(0);
  });

  test("a character that stands for broken text elsewhere is a name like any other", async () => {
    await using folder = await temporaryFolder();
    writeFileSync(join(folder.path, "\ufffd"), "");
    expect(await folderTree(folder.path).entries()).toHaveLength(1);
  });

  test("a range of a file, without what stands before it", async () => {
    await using folder = await temporaryFolder();
    const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => index % 253));
    writeFileSync(join(folder.path, "f"), bytes);
    const tree = folderTree(folder.path);
    for (const [start, end] of [
      [0, 10],
      [1_048_570, 2_100_000],
      [2_999_999, 9_000_000],
      [3_000_000, 3_000_001],
      [4_000_000, 5_000_000],
    ] as const) {
      expect(Buffer.from(await collected(tree.stream("f", { start, end }))).equals(bytes.subarray(start, end))).toBe(true);
    }
    expect(await codeOf(collected(tree.stream("f", { start: -1 })))).toBe("BENTO_BAD_REQUEST");
  });

  test("as many bytes as a file had when it was opened", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "f");
    writeFileSync(file, new Uint8Array(1_500_000));
    const lengths: number[] = [];
    for await (const chunk of folderTree(folder.path).stream("f")) {
      if (lengths.length === 0) appendFileSync(file, new Uint8Array(1_000_000));
      lengths.push(chunk.length);
    }
    expect(lengths).toEqual([1_048_576, 1_500_000 - 1_048_576]);
  });
});

describe("what a tree refuses, by name", () => {
  test.each<[string, string, (folder: string) => unknown]>([
    ["leads nowhere", "d/x", (folder) => symlinkSync("gone", join(folder, "d/x"))],
    ["leads nowhere", "d/x", (folder) => symlinkSync("x", join(folder, "d/x"))],
    ["leads out", "d/x", (folder) => symlinkSync("../..", join(folder, "d/x"))],
    ["leads out", "d/x", (folder) => symlinkSync("/etc/hostname", join(folder, "d/x"))],
    ["that holds it", "d/x", (folder) => symlinkSync(".", join(folder, "d/x"))],
    ["that holds it", "d/x", (folder) => symlinkSync("..", join(folder, "d/x"))],
    [
      "another such link",
      "x/c",
      (folder) => (
        mkdirSync(join(folder, "b/d"), { recursive: true }),
        symlinkSync("d", join(folder, "b/c")),
        symlinkSync("b", join(folder, "x")),
        symlinkSync("../d", join(folder, "b/c2"))
      ),
    ],
    ["neither a file nor a folder", "d/pipe", (folder) => execFileSync("mkfifo", [join(folder, "d/pipe")])],
    ["neither a file nor a folder", "d/socket", (folder) => socketAt(join(folder, "d/socket"))],
    ["not UTF-8", "d/x\ufffd", (folder) => writeFileSync(Buffer.from(join(folder, "d/x\xff"), "latin1"), "")],
  ])("%s: %s", async (why, path, put) => {
    await using folder = await temporaryFolder();
    mkdirSync(join(folder.path, "d"));
    writeFileSync(join(folder.path, "d/f"), "");
    await put(folder.path);
    const error = await errorOf(folderTree(folder.path).entries());
    expect(error.code).toBe("BENTO_MODEL_INVALID");
    expect(error.message).toContain(why);
    expect(error.message).toContain(JSON.stringify(path));
  });

  test("a link that was put where a file was, when it leads out", async () => {
    await using folder = await temporaryFolder();
    writeFileSync(join(folder.path, "f"), "1");
    const tree = folderTree(folder.path);
    await tree.entries();
    rmSync(join(folder.path, "f"));
    symlinkSync("/etc/hostname", join(folder.path, "f"));
    expect(await codeOf(tree.read("f"))).toBe("BENTO_MODEL_INVALID");
    expect(await codeOf(tree.stream("f")[Symbol.asyncIterator]().next())).toBe("BENTO_MODEL_INVALID");
  });

  test("a folder that is gone, or none", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "x");
    const missing = await errorOf(folderTree(path).entries());
    expect([missing.code, missing.message]).toEqual(["BENTO_FILE_NOT_FOUND", `There is no folder ${JSON.stringify(path)}.`]);
    writeFileSync(path, "");
    expect(await codeOf(folderTree(path).entries())).toBe("BENTO_FILE_NOT_FOUND");
  });
});

test("a model with links is listed whole or refused, never in part", async () => {
  await using home = await unpackHome("home-broken");
  const store = new FileModelStore(home.path);
  const error = await errorOf((await store.get("c-link-inside:v1")).tree().entries());
  expect([error.code, error.message]).toEqual(["BENTO_MODEL_INVALID", expect.stringContaining('"dangling.bin"')]);
  const linked = await (await store.get("c-link-version:v2")).tree().entries();
  renameSync(join(home.path, "models/c-link-version/v2"), join(home.path, "models/c-link-version/v3"));
  expect(linked).toEqual(await (await store.get("c-link-version:v1")).tree().entries());
});

async function socketAt(path: string): Promise<void> {
  const server = createServer().listen(path).unref();
  await once(server, "listening");
}
