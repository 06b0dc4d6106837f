import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { codeOf, errorOf } from "../../test/model-store-contract.js";
import { temporaryFolder } from "../../test/support/temporary-folder.js";
import { writeFileTarget } from "./file-target.js";

const quiet = { signal: new AbortController().signal, onFinish: () => {} };

async function* chunks(...parts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array, void> {
  for (const part of parts) yield typeof part === "string" ? new TextEncoder().encode(part) : part;
}

test("chunks of any size become one file", async () => {
  await using folder = await temporaryFolder();
  const target = join(folder.path, "f");
  const sizes = fc.array(fc.oneof(fc.nat(100), fc.nat(700_000), fc.constant(2_500_000)), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(sizes, async (lengths) => {
      const parts = lengths.map((length, index) => new Uint8Array(length).fill(index + 1));
      expect(await writeFileTarget(target, chunks(...parts), quiet)).toBe(lengths.reduce((total, length) => total + length, 0));
      expect(Buffer.concat(parts).equals(readFileSync(target))).toBe(true);
      expect(readdirSync(folder.path)).toEqual(["f"]);
    }),
    { numRuns: 15 },
  );
});

test("it is invisible until all of it is there, and then replaces what was there", async () => {
  await using folder = await temporaryFolder();
  const target = join(folder.path, "f");
  writeFileSync(target, "before");
  const order: string[] = [];
  async function* watched(): AsyncGenerator<Uint8Array, void> {
    yield new Uint8Array(3_000_000);
    expect(readFileSync(target, "utf8")).toBe("before");
    expect(readdirSync(folder.path)).toHaveLength(2);
    order.push("content");
  }
  await writeFileTarget(target, watched(), { ...quiet, onFinish: () => order.push("finish") });
  expect(readFileSync(target)).toHaveLength(3_000_000);
  expect(order).toEqual(["content", "finish"]);
});

test("a failing stream leaves everything as it was, and its error is the one that is seen", async () => {
  await using folder = await temporaryFolder();
  const target = join(folder.path, "f");
  writeFileSync(target, "before");
  async function* failing(): AsyncGenerator<Uint8Array, void> {
    yield new Uint8Array(3_000_000);
    throw new Error("the source broke");
  }
  await expect(writeFileTarget(target, failing(), quiet)).rejects.toThrow("the source broke");
  expect(readdirSync(folder.path)).toEqual(["f"]);
  expect(readFileSync(target, "utf8")).toBe("before");
});

test("an abort while bytes come, and one while they are made durable", async () => {
  await using folder = await temporaryFolder();
  const target = join(folder.path, "f");
  const coming = new AbortController();
  let closed = false;
  async function* endless(): AsyncGenerator<Uint8Array, void> {
    try {
      for (let count = 0; ; count += 1) {
        if (count === 5) coming.abort();
        yield new Uint8Array(1000);
      }
    } finally {
      closed = true;
    }
  }
  expect(await codeOf(writeFileTarget(target, endless(), { ...quiet, signal: coming.signal }))).toBe("BENTO_CANCELLED");
  expect(closed).toBe(true);
  const finishing = new AbortController();
  const options = { signal: finishing.signal, onFinish: () => finishing.abort() };
  expect(await codeOf(writeFileTarget(target, chunks("x"), options))).toBe("BENTO_CANCELLED");
  expect(readdirSync(folder.path)).toEqual([]);
});

test("a link to a file stays, and the file behind it is replaced; one that leads nowhere becomes the file", async () => {
  await using folder = await temporaryFolder();
  mkdirSync(join(folder.path, "real"));
  writeFileSync(join(folder.path, "real", "f"), "before");
  symlinkSync("real/f", join(folder.path, "link"));
  await writeFileTarget(join(folder.path, "link"), chunks("after"), quiet);
  expect(readlinkSync(join(folder.path, "link"))).toBe("real/f");
  expect(readFileSync(join(folder.path, "real", "f"), "utf8")).toBe("after");
  symlinkSync("nowhere", join(folder.path, "dangling"));
  await writeFileTarget(join(folder.path, "dangling"), chunks("after"), quiet);
  expect(readFileSync(join(folder.path, "dangling"), "utf8")).toBe("after");
});

test("what is no file is never replaced", async () => {
  await using folder = await temporaryFolder();
  mkdirSync(join(folder.path, "folder"));
  symlinkSync("folder", join(folder.path, "link"));
  execFileSync("mkfifo", [join(folder.path, "pipe")]);
  for (const name of ["folder", "link", "pipe"]) {
    const error = await errorOf(writeFileTarget(join(folder.path, name), chunks("x"), quiet));
    expect(error.code).toBe("BENTO_TARGET_EXISTS");
    expect(error.message).toContain(join(folder.path, name));
    expect(error.hint?.includes("stream")).toBe(name === "pipe");
  }
  expect(await codeOf(writeFileTarget("/dev/null", chunks("x"), quiet))).toBe("BENTO_TARGET_EXISTS");
});

test("a missing folder, or a file in its place, is said with a hint", async () => {
  await using folder = await temporaryFolder();
  writeFileSync(join(folder.path, "file"), "");
  const file = join(folder.path, "file");
  for (const [name, why, hint] of [
    ["missing/f", `there is no folder ${JSON.stringify(join(folder.path, "missing"))}`, "Make the folder"],
    ["file/f", `${JSON.stringify(file)} is a file, where a folder is needed`, "mistake in the path"],
    ["file/deeper/f", `${JSON.stringify(file)} is a file, where a folder is needed`, "mistake in the path"],
  ] as const) {
    const error = await errorOf(writeFileTarget(join(folder.path, name), chunks("x"), quiet));
    expect(error.code).toBe("BENTO_TRANSFER_FAILED");
    expect(error.message).toContain(why);
    expect(error.hint).toContain(hint);
  }
  expect(readdirSync(folder.path)).toEqual(["file"]);
});

test("a folder that cannot be written, and a name that is too long", async () => {
  await using folder = await temporaryFolder();
  // What root may write anywhere, nobody may write in /proc.
  const unwritable = process.getuid?.() === 0 ? "/proc/self/fdinfo" : folder.path;
  chmodSync(folder.path, 0o555);
  const error = await errorOf(writeFileTarget(join(unwritable, "f"), chunks("x"), quiet));
  chmodSync(folder.path, 0o755);
  expect(error.code).toBe("BENTO_TRANSFER_FAILED");
  expect(error.message).toContain(JSON.stringify(join(unwritable, "f")));
  expect(await codeOf(writeFileTarget(join(folder.path, "x".repeat(256)), chunks("x"), quiet))).toBe("BENTO_TRANSFER_FAILED");
  expect(readdirSync(folder.path)).toEqual([]);
});
