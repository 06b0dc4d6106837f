import { FileModelStore } from "@bento/store";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { temporaryFolder } from "./bento.js";
import { run } from "./fake-terminal.js";

// Disks of busy machines take their time.
vi.setConfig({ testTimeout: 60_000 });

let folder: string;
let home: string;
let other: string;

beforeEach(async () => {
  const temporary = temporaryFolder();
  onTestFinished(() => temporary[Symbol.dispose]());
  folder = temporary.path;
  home = join(folder, "home");
  other = join(folder, "other");
  const store = new FileModelStore(home);
  await store.create("digits:v1", { labels: { team: "vision" } }, async (draft) => {
    await draft.write("weights.bin", new Uint8Array(100_000));
    await draft.write("run.sh", "#!/bin/sh\n", { executable: true });
  });
  await store.create("iris:v1", (draft) => draft.write("model.txt", "iris"));
});

const models = (args: readonly string[], at = home) => run(["--home", at, "models", ...args]);
const tags = async (at: string): Promise<string[]> => (await new FileModelStore(at).listTags()).map(String);

/** Files of a folder with their content, by path. */
function contentOf(top: string): Readonly<Record<string, string>> {
  const files = readdirSync(top, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(top.length), `${statSync(path).mode & 0o111 ? "x" : "-"} ${readFileSync(path, "base64")}`];
    }),
  );
}

describe("models export and import", () => {
  test.each(["bentomodel", "gz", "xz", "bz2", "zst", "tar", "zip", "folder"])("a model comes back the same through %s", async (format) => {
    const target = join(folder, `out.${format}`);
    const exported = await models(["export", "digits", target, "--format", format]);
    expect(exported).toMatchObject({ exit: 0, stdout: `Model(tag="digits:v1") exported to ${target}.\n`, stderr: "" });
    const imported = await models(["import", target], other);
    expect(imported).toMatchObject({ exit: 0, stdout: 'Model(tag="digits:v1") imported.\n', stderr: "" });
    expect(contentOf(join(other, "models", "digits", "v1"))).toEqual(contentOf(join(home, "models", "digits", "v1")));
  });

  test.each(["adaptive", "store", "fast", "best", "0", "9"])("--compression %s", async (compression) => {
    const target = join(folder, "out.gz");
    expect(await models(["export", "digits", target, "--compression", compression])).toMatchObject({ exit: 0 });
    expect(await models(["import", target, "-o", "tag"], other)).toMatchObject({ exit: 0, stdout: "digits:v1\n" });
  });

  test("the place is the current folder, a folder, or a file; -o path and json say where", async () => {
    const given = join(folder, "out");
    mkdirSync(given);
    const path = join(given, "digits-v1.zip");
    expect(await models(["export", "digits", given, "--format", "zip", "-o", "path"])).toMatchObject({ exit: 0, stdout: `${path}\n` });
    const { stdout } = await models(["export", "digits:v", `${given}/`, "--format", "zip", "-o", "json"]);
    expect(JSON.parse(stdout)).toEqual({ tag: "digits:v1", path });
  });

  test("- is stdout and stdin, and messages keep out of the way", async () => {
    const exported = await models(["export", "digits", "-", "--format", "gz"]);
    expect(exported).toMatchObject({ exit: 0, stdout: "", stderr: 'Model(tag="digits:v1") exported.\n' });
    expect(exported.bytes.subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
    const quiet = await models(["export", "digits", "-", "--format", "gz", "--quiet"]);
    expect(quiet).toMatchObject({ stdout: "", stderr: "" });
    expect(quiet.bytes.equals(exported.bytes)).toBe(true);
    const imported = await run(["--home", other, "models", "import", "-"], { bytes: new Blob([exported.bytes]).stream() });
    expect(imported).toMatchObject({ exit: 0, stdout: 'Model(tag="digits:v1") imported.\n', stderr: "" });
    expect(contentOf(join(other, "models", "digits", "v1"))).toEqual(contentOf(join(home, "models", "digits", "v1")));
  });

  test("--name and --version change the tag, and are no option of the program", async () => {
    const target = join(folder, "out.tar");
    await models(["export", "digits", target]);
    const { exit, stdout } = await models(["import", target, "--name", "numbers", "--version", "v9", "-o", "json"], other);
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ tag: "numbers:v9", path: join(other, "models", "numbers", "v9") });
  });

  test("--existing decides what becomes of a tag that is there", async () => {
    const target = join(folder, "out.tar");
    await models(["export", "digits", target]);
    const refused = await models(["import", target]);
    expect(refused).toMatchObject({ exit: 1, stdout: "" });
    expect(refused.stderr).toMatch(/^error: .*"digits:v1".*\nhint: .+--existing skip .+--existing replace .+\n$/);
    expect(await models(["import", target, "--existing", "skip"])).toMatchObject({
      exit: 0,
      stdout: 'Model(tag="digits:v1") not imported: the store has the same.\n',
    });
    expect(await models(["import", target, "--existing", "replace"])).toMatchObject({
      exit: 0,
      stdout: 'Model(tag="digits:v1") imported, in place of the one that was there.\n',
    });
    expect(await models(["import", target, "--existing", "merge"])).toMatchObject({ exit: 2 });
  });

  test("an exported folder that somebody changed is refused, unless the changes are accepted", async () => {
    const target = join(folder, "out");
    await models(["export", "iris", target, "--format", "folder"]);
    writeFileSync(join(target, "model.txt"), "changed");
    const refused = await models(["import", target], other);
    expect(refused.exit).toBe(1);
    expect(refused.stderr).toMatch(/"model\.txt".*\nhint: .+ --accept-changes/);
    expect(await models(["import", target, "--accept-changes"], other)).toMatchObject({ exit: 0 });
    expect(readFileSync(join(other, "models", "iris", "v1", "model.txt"), "utf8")).toBe("changed");
  });

  test("--dry-run says what would come in, and what stands against it; the store stays as it is", async () => {
    const target = join(folder, "out.tar");
    await models(["export", "digits", target]);
    const fresh = await models(["import", target, "--dry-run"], other);
    expect(fresh).toMatchObject({ exit: 0, stderr: "" });
    expect(fresh.stdout).toMatch(/^Model\(tag="digits:v1"\) would be imported: 3 files, 97\.\d+ KiB\.\n Size +File\n/);
    expect(fresh.stdout).toContain("weights.bin");
    expect(await tags(other)).toEqual([]);
    const taken = await models(["import", target, "--dry-run", "-o", "json"]);
    expect(taken.exit).toBe(1);
    expect(JSON.parse(taken.stdout)).toMatchObject({ tag: "digits:v1", stored: "same", problems: [{ code: "BENTO_MODEL_EXISTS" }] });
    expect(taken.stderr).toMatch(/^error: It would not come in\. .*"digits:v1"/);
  });

  test("a tar without its end comes in with a warning, as files may be missing", async () => {
    const target = join(folder, "out.tar");
    await models(["export", "iris", target]);
    const whole = readFileSync(target);
    const end = whole.findLastIndex((byte) => byte !== 0) + 1;
    writeFileSync(target, whole.subarray(0, Math.ceil(end / 512) * 512));
    const warned = /^warning: .*out\.tar".* not marked: .*missing\.\n$/;
    const preview = await models(["import", target, "--dry-run"], other);
    expect(preview).toMatchObject({ exit: 0, stderr: expect.stringMatching(warned) });
    expect(await models(["import", target, "-q", "--version", "quiet"], other)).toMatchObject({ exit: 0, stderr: "" });
    expect(await models(["import", target], other)).toMatchObject({ exit: 0, stderr: expect.stringMatching(warned) });
  });

  test("limits are given as sizes and counts", async () => {
    const target = join(folder, "out.tar");
    await models(["export", "digits", target]);
    const refused = await models(["import", target, "--max-bytes", "10KiB"], other);
    expect(refused.exit).toBe(1);
    expect(refused.stderr).toMatch(/^error: .+10,240.+\nhint: .+--max-bytes\.\n$/);
    expect(await models(["import", target, "--max-entries", "2"], other)).toMatchObject({ exit: 1 });
    expect(await models(["import", target, "--max-bytes", "1MiB", "--max-entries", "10"], other)).toMatchObject({ exit: 0 });
    expect(await models(["import", target, "--max-entries", "many"], other)).toMatchObject({ exit: 2 });
  });

  test.each([
    [["export"], "missing required argument 'tag'"],
    [["export", "digits", "--all", "x"], "leave out the tag"],
    [["export", "digits", "--format", "tar.gz"], "Allowed choices are bentomodel"],
    [["export", "digits", "--compression", "10"], "0 to 9"],
    [["export", "digits", "--max-memory", "lots"], "Write a size such as"],
    [["import"], "missing required argument 'path'"],
  ])("wrong use is 2: models %j", async (args, words) => {
    const { exit, stdout, stderr } = await models(args);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
    expect(stderr).toContain(words);
  });

  test.each(["/dev/full", "/dev/null"])("%s is no place for a file, and - for stdout is", async (device) => {
    for (const args of [[], ["--format", "tar"]]) {
      const { exit, stderr } = await models(["export", "digits", device, ...args]);
      expect(exit).toBe(1);
      expect(stderr).toMatch(/^error: "\/dev\/\w+" is no file, and is not replaced\.\nhint: .*write - for stdout\.\n$/);
    }
    expect(existsSync(`${device}.bentomodel`)).toBe(false);
  });

  test("an unknown model and a missing archive are errors that quote them", async () => {
    expect((await models(["export", "nothing"])).stderr).toMatch(/^error: .*"nothing".*\nhint: /);
    const { exit, stderr } = await models(["import", join(folder, "nothing.zip")]);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^error: .*nothing\.zip".*\nhint: Look for a mistake in the path\.\n$/);
    const empty = join(folder, "empty.zip");
    writeFileSync(empty, "");
    expect((await models(["import", empty])).stderr).toMatch(/^error: .*empty\.zip"\.\nhint: .+\n$/);
    expect((await models(["export", "--all", empty])).stderr).toMatch(/^error: .*empty\.zip".*\nhint: .+\n$/);
  });
});

describe("a backup", () => {
  test("carries a whole store over, and is made and read again without repeating what is whole", async () => {
    const backup = join(folder, "backup");
    const first = await models(["export", "--all", backup]);
    expect(first).toMatchObject({ exit: 0, stderr: "" });
    expect(first.stdout).toBe(`Model(tag="digits:v1") exported.\nModel(tag="iris:v1") exported.\n2 models exported to ${backup}.\n`);
    const second = await models(["export", "--all", backup]);
    expect(second.stdout).toBe(`0 models exported to ${backup}, 2 were there already.\n`);
    const imported = await models(["import", backup], other);
    expect(imported).toMatchObject({ exit: 0, stderr: "" });
    expect(imported.stdout).toBe('Model(tag="digits:v1") imported.\nModel(tag="iris:v1") imported.\n2 models imported.\n');
    expect(contentOf(join(other, "models"))).toEqual(contentOf(join(home, "models")));
    expect((await models(["import", backup], other)).stdout).toBe("0 models imported, 2 were there already.\n");
  });

  test("one broken archive does not stop the others, and is told", async () => {
    const backup = join(folder, "backup");
    await models(["export", "--all", backup, "--format", "zip"]);
    writeFileSync(join(backup, "digits", "v1.zip"), "no zip");
    const { exit, stdout, stderr } = await models(["import", backup, "-o", "json"], other);
    expect(exit).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ imported: [{ tag: "iris:v1" }], failed: [{ file: "digits/v1.zip" }] });
    expect(stderr).toMatch(
      /^failed: .+digits\/v1\.zip.+\nhint: .+\nerror: 1 archive of .+ did not come in\.\nhint: Do what the hints above say, /,
    );
    expect(await tags(other)).toEqual(["iris:v1"]);
  });

  test("--dry-run says of each archive what would become of it, and leaves the store as it is", async () => {
    const backup = join(folder, "backup");
    await models(["export", "--all", backup, "--format", "tar"]);
    await new FileModelStore(home).create("broken:v1", (draft) => draft.write("f", "x"));
    await models(["export", "--all", backup, "--format", "tar"]);
    writeFileSync(join(backup, "broken", "v1.tar"), "no tar");
    const mixed = new FileModelStore(other);
    await mixed.create("digits:v1", (draft) => draft.write("f", "other"));
    await models(["import", join(backup, "iris", "v1.tar")], other);
    const { exit, stdout, stderr } = await models(["import", backup, "--dry-run"], other);
    expect(exit).toBe(1);
    expect(stdout).toMatch(
      /^broken\/v1\.tar would not be imported: .+\nModel\(tag="digits:v1"\) \(97\.\d+ KiB\) differs from the one that is there\.\nModel\(tag="iris:v1"\) \(.+\) is there already\.\n0 models would be imported, 1 is there already\.\n$/,
    );
    expect(stderr).toMatch(/^error: 2 archives of .+ would not come in\.\nhint: .+\n$/);
    const replaced = await models(["import", backup, "--dry-run", "--existing", "replace"], other);
    expect(replaced.stdout).toContain('Model(tag="digits:v1") (');
    expect(replaced.stdout).toContain(" would be imported, in place of the one that is there.\n");
    const fresh = join(folder, "fresh");
    expect((await models(["import", backup, "--dry-run", "-o", "tag"], fresh)).stdout).toBe("digits:v1\niris:v1\n");
    expect((await models(["import", backup, "--dry-run", "-o", "path"], fresh)).stdout).toBe("digits/v1.tar\niris/v1.tar\n");
    const { stdout: json } = await models(["import", backup, "--dry-run", "-o", "json"], fresh);
    expect(JSON.parse(json)).toMatchObject({
      archives: [
        { file: "broken/v1.tar", problems: [{ code: "BENTO_ARCHIVE_INVALID" }] },
        { file: "digits/v1.tar", tag: "digits:v1", stored: "absent", problems: [] },
        { tag: "iris:v1" },
      ],
    });
    expect(await tags(fresh)).toEqual([]);
    expect(await tags(other)).toEqual(["digits:v1", "iris:v1"]);
  });

  test("tags that are there are told as such, not as broken archives", async () => {
    const backup = join(folder, "backup");
    await models(["export", "--all", backup]);
    const strict = await models(["import", backup, "--existing", "error"]);
    expect(strict.exit).toBe(1);
    expect(strict.stderr).toMatch(/\nerror: The store already has 2 models of .+\.\nhint: Say --existing skip .+ --existing replace .+\n$/);
    const changed = join(folder, "changed");
    await new FileModelStore(changed).create("iris:v1", (draft) => draft.write("f", "other"));
    expect((await models(["import", backup], changed)).stderr).toMatch(
      /\nerror: The store already has 1 model of .+, with other files\.\nhint: .+ --existing replace\.\n$/,
    );
  });

  test("of archives in two formats the newer ones count, and each model is printed once", async () => {
    const backup = join(folder, "backup");
    await models(["export", "--all", backup, "--format", "tar"]);
    const older = readFileSync(join(backup, "iris", "v1.tar"));
    await models(["export", "--all", backup, "--format", "zip"]);
    expect(existsSync(join(backup, "iris", "v1.tar"))).toBe(false);
    writeFileSync(join(backup, "iris", "v1.tar"), older);
    const { stdout, stderr } = await models(["import", backup, "-o", "tag"], other);
    expect(stdout).toBe("digits:v1\niris:v1\n");
    expect(stderr).toBe("warning: not looked at, as the backup has newer archives of the same models: 1 file (--verbose names them)\n");
  });

  test("files that do not look like archives are not left out in silence", async () => {
    const backup = join(folder, "backup");
    await models(["export", "--all", backup]);
    writeFileSync(join(backup, "notes\u001B[2J.txt"), "");
    expect((await models(["import", backup], other)).stderr).toBe(
      "warning: not looked at, as their names are not those of archives: 1 file (--verbose names them)\n",
    );
    expect((await models(["import", backup, "--verbose"], other)).stderr).toContain(":\n  notes\\u001b[2J.txt\n");
    expect((await models(["import", backup, "--quiet"], other)).stderr).toBe("");
  });

  test("a folder without archives is an error, and options for one model are refused", async () => {
    const empty = join(folder, "empty");
    mkdirSync(empty);
    for (const dry of [[], ["--dry-run"]]) {
      const { exit, stdout, stderr } = await models(["import", empty, ...dry]);
      expect({ exit, stdout }).toEqual({ exit: 1, stdout: "" });
      expect(stderr).toContain("neither an exported model nor holds any archives");
    }
    expect((await models(["import", empty, "--name", "x", "--dry-run"])).stderr).toContain("--name is for one model");
    expect(existsSync(join(empty, "backup.jsonl"))).toBe(false);
  });
});
