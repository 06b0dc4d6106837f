import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type ArchiveFormat, exportModel, FileModelStore } from "@bento/store";
import { beforeAll, expect, test } from "vitest";
import { Workers, type WorkerTask } from "./support/killed-worker.js";
import { temporaryHome, type TemporaryHome } from "./support/temporary-home.js";

const killsPerFormat = 24;
/** Has no divisor in common with the kills. */
const stride = 7;
const formats: readonly ArchiveFormat[] = ["bentomodel", "gz", "bz2", "zst", "tar", "zip", "folder"];

let home: TemporaryHome;
beforeAll(async () => {
  home = await temporaryHome();
  await using store = new FileModelStore(home.path);
  await store.create("clf:v1", async (draft) => {
    const content = Buffer.alloc(150_000, "0123456789abcdef");
    for (let index = 0; index < 20; index += 1) await draft.write(`part-${index % 5}/weights-${index}.bin`, content.fill(index, 0, 75_000));
  });
  return () => home[Symbol.asyncDispose]();
});

/** What lies at a path, in one text; `undefined` for nothing. */
function contentOf(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const hash = createHash("sha256");
  const files = statSync(path).isDirectory()
    ? readdirSync(path, { recursive: true, encoding: "utf8" })
        .toSorted((a, b) => (a < b ? -1 : 1))
        .map((name) => join(path, name))
    : [path];
  for (const file of files) {
    hash.update(file.slice(path.length));
    if (statSync(file).isFile()) hash.update(readFileSync(file));
  }
  return hash.digest("hex");
}

test.each(formats)(
  `${killsPerFormat} kills of an export leave what was there or the whole, as %s`,
  { timeout: 300_000 },
  async (format) => {
    await using store = new FileModelStore(home.path);
    await using workers = new Workers();
    const out = join(home.path, format);
    await mkdir(out);
    const target = join(out, `m.${format}`);
    const task: WorkerTask = { action: "export", home: home.path, tag: "clf:v1", target, format };
    await exportModel("clf:v1", target, { store, format });
    const whole = contentOf(target);
    const clear = async (): Promise<void> => rm(target, { recursive: true, force: true });
    await clear();
    let undisturbed = (await workers.time(task, target)).done;
    expect(contentOf(target)).toBe(whole);
    let finished = 0;
    let unfinished = 0;
    for (let kill = 0; kill < killsPerFormat; kill += 1) {
      await clear();
      // A folder replaces nothing; every other kill of a file hits one that replaces.
      const before = format !== "folder" && kill % 2 === 0 ? "what was there before" : undefined;
      if (before !== undefined) writeFileSync(target, before);
      const previous = contentOf(target);
      if (kill % 8 === 7) {
        await clear();
        undisturbed = (await workers.time(task, target)).done;
        await clear();
        if (before !== undefined) writeFileSync(target, before);
      }
      const part = (((kill * stride) % killsPerFormat) + 0.5) / killsPerFormat;
      await workers.kill(task, target, { from: "start", afterMs: part * undisturbed * 1.1 });
      const found = contentOf(target);
      expect([previous, whole]).toContain(found);
      finished += Number(found === whole);
      const beside = readdirSync(out).filter((name) => name !== `m.${format}`);
      // What the last one left is swept by the next, so there is never more than one.
      expect(beside.length).toBeLessThanOrEqual(1);
      for (const name of beside) expect(name).toMatch(/^\.m\..*\.partial$/);
      unfinished += beside.length;
    }
    process.stdout.write(
      `${format}: ${killsPerFormat} kills, undisturbed ${undisturbed.toFixed(0)} ms; whole: ${finished}, something left beside: ${unfinished}\n`,
    );
    expect(unfinished).toBeGreaterThan(0);
    expect(finished).toBeLessThan(killsPerFormat);
    await clear();
    expect(await exportModel("clf:v1", target, { store, format })).toBe(target);
    expect(contentOf(target)).toBe(whole);
    expect(readdirSync(out)).toEqual([`m.${format}`]);
  },
);
