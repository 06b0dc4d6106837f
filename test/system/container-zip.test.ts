import { createHash } from "node:crypto";
import { createReadStream, chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { open, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { RandomAccess } from "../../packages/store/src/archive/container/container.js";
import { folderTree } from "../../packages/store/src/disk/folder-tree.js";
import { noise, weights, words } from "../../packages/store/test/support/codec-data.js";
import { packOptions, unzipped, zipped } from "../../packages/store/test/support/zip.js";
import { packZip } from "../../packages/store/src/archive/container/zip-pack.js";
import { readZip } from "../../packages/store/src/archive/container/zip-read.js";
import { defaultLimits } from "../../packages/store/src/archive/rules/limits.js";
import { runCommand } from "../support/run-command.js";
import { ensureDebianPackages } from "./support/apt.js";
import { temporaryHome } from "./support/temporary-home.js";

const megabyte = 1024 * 1024;

/** A file of each kind that is packed or named in a way of its own. */
const files: Readonly<Record<string, Uint8Array | string>> = {
  "model.yaml": "name: real\n",
  "run.sh": "#!/bin/sh\n",
  "empty.bin": "",
  "sub/ünï/日本.txt": "unicode\n",
  [`sub/${"n".repeat(200)}`]: "long\n",
  "a b/c:d\\e": "odd\n",
  "noise.bin": noise(2 * megabyte + 5),
  "weights.bin": weights(3 * megabyte + 1),
  "words.txt": words(2 * megabyte),
  "zeros.bin": new Uint8Array(5 * megabyte),
};

const python = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    print(json.dumps([[i.filename, i.external_attr >> 16, i.file_size, list(i.date_time), i.flag_bits & 0x800, len(i.extra)] for i in archive.infolist()]))
`;

type PythonMember = readonly [name: string, mode: number, size: number, time: readonly number[], utf8: number, extra: number];

async function inPython(path: string): Promise<readonly PythonMember[]> {
  return JSON.parse((await runCommand("python3", ["-c", python, path])).stdout) as readonly PythonMember[];
}

function writeFiles(folder: string): void {
  mkdirSync(join(folder, "empty folder"));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  chmodSync(join(folder, "run.sh"), 0o755);
}

/** The digest of each file, in the order of its name. */
function digests(read: (path: string) => Uint8Array | string): readonly string[] {
  return Object.keys(files)
    .toSorted()
    .map((path) => `${path} ${createHash("sha256").update(read(path)).digest("hex")}`);
}

const written = digests((path) => files[path] as Uint8Array | string);

beforeAll(() => ensureDebianPackages(["zip", "unzip"]));

describe("what is written here is read", () => {
  test.each(["adaptive", "store", "fast", "best", 6] as const)("by unzip and Python: %s", async (compression) => {
    await using folder = await temporaryHome();
    const [source, target, path] = ["in", "out", "model.zip"].map((name) => join(folder.path, name)) as [string, string, string];
    mkdirSync(source);
    writeFiles(source);
    await writeFile(path, packZip(folderTree(source), { ...packOptions, compression }));

    expect((await runCommand("unzip", ["-t", path])).stdout).toContain("No errors detected");
    await runCommand("unzip", ["-q", path, "-d", target]);
    expect(digests((each) => readFileSync(join(target, each)))).toEqual(written);
    expect(statSync(join(target, "run.sh")).mode & 0o777).toBe(0o755);
    expect(statSync(join(target, "model.yaml")).mode & 0o777).toBe(0o644);
    expect(statSync(join(target, "empty folder")).mode & 0o777).toBe(0o755);

    const members = await inPython(path);
    expect(
      members
        .map(([name]) => name)
        .filter((name) => !name.endsWith("/"))
        .toSorted(),
    ).toEqual(Object.keys(files).toSorted());
    for (const [name, mode, size, time, utf8, extra] of members) {
      expect(mode, name).toBe(name.endsWith("/") ? 0o040755 : name === "run.sh" ? 0o100755 : 0o100644);
      expect(size, name).toBe(name.endsWith("/") ? 0 : Buffer.byteLength(files[name] as string));
      expect(time, name).toEqual([1980, 1, 1, 0, 0, 0]);
      expect(utf8 !== 0, name).toBe(/[^\0-\x7f]/.test(name));
      expect(extra, name).toBe(0);
    }
  });

  test.each([65_535, 70_000])("by zipinfo and Python, with %i members", async (count) => {
    await using folder = await temporaryHome();
    const path = join(folder.path, "many.zip");
    const entries = Array.from({ length: count }, (_, index) => ({ kind: "folder", path: `d${index}` }) as const);
    await writeFile(path, await zipped({ ...folderTree(folder.path), entries: async () => entries }));
    expect((await runCommand("zipinfo", ["-h", path])).stdout).toContain(`number of entries: ${count}`);
    expect((await inPython(path)).length).toBe(count);
  });
});

describe("what Info-ZIP writes is read", () => {
  test.each([
    ["stored", "zip -q -r -0 ../model.zip ."],
    ["best", "zip -q -r -9 ../model.zip ."],
    ["without extra fields", "zip -q -r -X ../model.zip ."],
    ["to a pipe", "zip -q -r - . | cat > ../model.zip"],
    ["with zip64 throughout", "zip -q -r -fz ../model.zip ."],
    [
      "with a file from a pipe",
      "cat words.txt | zip -q ../model.zip - && printf '@ -\\n@=words.txt\\n' | zipnote -w ../model.zip && zip -q -r ../model.zip . -x words.txt",
    ],
    ["without entries for folders", "zip -q -r -D ../model.zip ."],
    ["with a comment", "zip -q -r ../model.zip . && echo 'a comment' | zip -q -z ../model.zip"],
    ["behind other bytes", "zip -q -r ../a.zip . && (printf '#!/bin/sh\\nexit\\n' && cat ../a.zip) > ../model.zip"],
    [
      "behind other bytes, with its offsets moved",
      "zip -q -r ../a.zip . && (printf '#!/bin/sh\\nexit\\n' && cat ../a.zip) > ../model.zip && zip -q -A ../model.zip",
    ],
    [
      "after a member was deleted",
      "zip -q -r ../model.zip . && echo more > more && zip -q ../model.zip more && zip -q -d ../model.zip more",
    ],
  ])("%s", async (_, command) => {
    await using folder = await temporaryHome();
    const source = join(folder.path, "in");
    mkdirSync(source);
    writeFiles(source);
    await runCommand("sh", ["-c", `set -e; cd "$1"; ${command}`, "sh", source]);
    const found = new Map((await unzipped(readFileSync(join(folder.path, "model.zip")))).map((entry) => [entry.path, entry]));
    expect(digests((path) => found.get(path)?.content as Buffer)).toEqual(written);
    expect(found.get("run.sh")?.executable).toBe(true);
    expect(found.get("model.yaml")?.executable).toBe(false);
  });

  test("links as links", async () => {
    await using folder = await temporaryHome();
    await runCommand("sh", ["-c", 'cd "$1"; echo 1 > f; ln -s f link; ln -s ../out away; zip -q -y -r links.zip .', "sh", folder.path]);
    const found = await unzipped(readFileSync(join(folder.path, "links.zip")));
    expect(Object.fromEntries(found.map(({ path, kind, target }) => [path, `${kind} ${target}`]))).toEqual({
      f: "file ",
      link: "symlink f",
      away: "symlink ../out",
    });
  });

  test("parts are refused", async () => {
    await using folder = await temporaryHome();
    writeFileSync(join(folder.path, "noise.bin"), noise(200_000));
    await runCommand("sh", ["-c", 'cd "$1"; zip -q -s 64k parts.zip noise.bin', "sh", folder.path]);
    await expect(unzipped(readFileSync(join(folder.path, "parts.zip")))).rejects.toMatchObject({ code: "BENTO_ARCHIVE_INVALID" });
  });
});

test("a file over 4 GiB is written with zip64, and read by unzip, Python and here", { timeout: 600_000 }, async () => {
  await using folder = await temporaryHome();
  const path = join(folder.path, "large.zip");
  const size = 4 * 1024 * megabyte + 5 * megabyte;
  const entries = [
    { kind: "file", path: "large.bin", size, executable: false },
    { kind: "file", path: "small", size: 5, executable: true },
  ] as const;
  const stream = async function* stream(): AsyncGenerator<Uint8Array, void> {
    for (let left = size; left > 0; left -= megabyte) yield new Uint8Array(megabyte);
  };
  const tree = { entries: async () => entries, read: async () => Buffer.from("small"), stream };
  await writeFile(path, packZip(tree, { ...packOptions, compression: "fast" }));

  expect((await runCommand("unzip", ["-t", path])).stdout).toContain("No errors detected");
  expect((await inPython(path)).map(([name, , bytes]) => [name, bytes])).toEqual([
    ["large.bin", size],
    ["small", 5],
  ]);
  await using file = await open(path);
  const access: RandomAccess = {
    size: (await file.stat()).size,
    read: async (start, end) => (await file.read(new Uint8Array(end - start), 0, end - start, start)).buffer,
    stream: (start, end) => createReadStream(path, { start, end: end - 1 }),
  };
  const found: [string, number][] = [];
  for await (const { path: name, content } of readZip(access, { signal: packOptions.signal, limits: defaultLimits, maxMemory: 2 ** 28 })) {
    let bytes = 0;
    for await (const chunk of content instanceof Uint8Array ? [content] : content) bytes += chunk.length;
    found.push([name, bytes]);
  }
  expect(found).toEqual([
    ["large.bin", size],
    ["small", 5],
  ]);
});
