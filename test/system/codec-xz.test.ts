import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { halfWeights, mixedBytes, noise, weights, words } from "../../packages/store/test/support/codec-data.js";
import { readXz, writeXz } from "../../packages/store/test/support/xz.js";
import { runCommand } from "../support/run-command.js";
import { ensureDebianPackages } from "./support/apt.js";
import { temporaryHome } from "./support/temporary-home.js";

const MiB = 1 << 20;
/** Blocks of every way: stored, literals, compressed in full. */
const content = Buffer.concat([weights(MiB), halfWeights(MiB), words(300_000)]);

beforeAll(() => ensureDebianPackages(["xz-utils", "tar", "python3"]));

describe("what is written is read by", () => {
  test.each(["adaptive", "store", "fast", "best", 3, 6] as const)("xz and Python: %s", async (compression) => {
    await using folder = await temporaryHome();
    const [archive, read] = [join(folder.path, "a.xz"), join(folder.path, "a")];
    await writeFile(archive, await writeXz(content, { compression }));
    await runCommand("xz", ["-t", archive]);
    await runCommand("xz", ["-t", "-T2", archive]);
    await runCommand("python3", [
      "-c",
      "import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), open(sys.argv[2], 'wb'))",
      archive,
      read,
    ]);
    expect((await readFile(read)).equals(content)).toBe(true);
    const { stdout } = await runCommand("xz", ["--list", "--robot", archive]);
    expect(stdout).toMatch(new RegExp(`^totals\\t1\\t\\d+\\t\\d+\\t${content.length}\\t.*\\tCRC32\\t0\\t1$`, "m"));
  });

  test.each([0, 3, 6] as const)("whoever knows liblzma: it is what xz itself writes at level %s", async (compression) => {
    await using folder = await temporaryHome();
    const [text, raw] = [join(folder.path, "a"), join(folder.path, "a.raw")];
    await writeFile(text, words(300_000));
    const dictionary = compression === 0 ? 256 : 384;
    await runCommand("sh", ["-c", `exec xz --format=raw --lzma2=preset=${compression},dict=${dictionary}KiB <"$1" >"$2"`, "-", text, raw]);
    const written = await writeXz(await readFile(text), { compression });
    const streamHeader = 12;
    const chunks = streamHeader + ((written[streamHeader] as number) + 1) * 4;
    const expected = await readFile(raw);
    expect(written.subarray(chunks, chunks + expected.length).equals(expected)).toBe(true);
  });

  test("GNU tar", async () => {
    await using folder = await temporaryHome();
    await writeFile(join(folder.path, "weights"), content);
    await runCommand("tar", ["-cf", "a.tar", "weights"], { cwd: folder.path });
    await writeFile(join(folder.path, "a.tar.xz"), await writeXz(await readFile(join(folder.path, "a.tar"))));
    await runCommand("tar", ["-xJf", "a.tar.xz", "--transform", "s/weights/again/"], { cwd: folder.path });
    expect((await readFile(join(folder.path, "again"))).equals(content)).toBe(true);
  });
});

describe("what is read is written by xz with", () => {
  test.each([
    "-0",
    "-6",
    "-9",
    "-6 -T2",
    "-1 -T2 --block-size=200000",
    "-1 --block-size=200000",
    "-1 --check=none",
    "-1 --check=crc32",
    "-1 --check=crc64",
    "-1 --check=sha256",
    "-1 --check=sha256 -T2 --block-size=100000",
    "-1 --format=lzma",
    "--x86 --lzma2=preset=1",
    "--delta=dist=4 --lzma2=preset=1,lc=0,lp=2,pb=0",
    "--check=crc32 --lzma2=preset=0,lc=0,lp=1,pb=0,nice=4 -T2 --block-size=60000",
  ])("%s", async (line) => {
    const options = line.split(" ");
    await using folder = await temporaryHome();
    const input = Buffer.concat([noise(300_000), mixedBytes(300_000), halfWeights(200_000)]);
    const path = join(folder.path, "a");
    await writeFile(path, input);
    await runCommand("xz", ["--keep", "--suffix=.out", ...options, path]);
    const written = await readFile(`${path}.out`);
    for (const chunk of [1009, MiB]) expect((await readXz(written, chunk)).equals(input)).toBe(true);
    if (!options.includes("--format=lzma")) {
      expect((await readXz(Buffer.concat([written, Buffer.alloc(4), written]))).equals(Buffer.concat([input, input]))).toBe(true);
    }
  });
});
