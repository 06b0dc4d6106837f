import { readFileSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SmallFileWriter } from "./small-file-writer.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bento-small-files-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** More than are written without a thread, and no whole number of batches. */
const count = 1300;
const contentOf = (file: number): Buffer => Buffer.from(String(file).repeat(file % 7));

function writeAll(writer: SmallFileWriter, { from = 0, to = count } = {}): Promise<void>[] {
  return Array.from({ length: to - from }, (_, index) => {
    const file = from + index;
    return writer.write({ place: join(folder, `é-${file}`), content: contentOf(file), executable: file % 3 === 0 });
  });
}

test("every file is there with its content and mode when its write ends, whatever the umask", async () => {
  const writer = new SmallFileWriter((error) => error);
  const mask = process.umask(0o077);
  try {
    for (const [file, written] of writeAll(writer).entries()) {
      await written;
      const place = join(folder, `é-${file}`);
      expect(readFileSync(place).equals(contentOf(file)), place).toBe(true);
      expect(statSync(place).mode & 0o777, place).toBe(file % 3 === 0 ? 0o755 : 0o644);
    }
  } finally {
    process.umask(mask);
  }
});

test("large files among many go to the next batch", async () => {
  const writer = new SmallFileWriter((error) => error);
  const large = Array.from({ length: 600 }, (_, file) => Buffer.alloc(file < 500 ? 0 : 256 * 1024, file));
  await Promise.all(large.map((content, file) => writer.write({ place: join(folder, String(file)), content, executable: false })));
  for (const [file, content] of large.entries()) expect(readFileSync(join(folder, String(file))).equals(content)).toBe(true);
});

test.each([3, 1100])("file %d that cannot be written fails with what the system says, and by its place", async (taken) => {
  await Promise.all(writeAll(new SmallFileWriter((error) => error), { from: taken, to: taken + 1 }));
  const seen: string[] = [];
  const writer = new SmallFileWriter((error, place) => {
    seen.push(`${(error as NodeJS.ErrnoException).code} ${(error as NodeJS.ErrnoException).syscall} ${place}`);
    return error;
  });
  const results = await Promise.allSettled(writeAll(writer));
  expect(results[taken]).toMatchObject({ status: "rejected", reason: { code: "EEXIST" } });
  expect(results[taken]?.status === "rejected" && results[taken].reason).toBeInstanceOf(Error);
  expect(seen).toEqual([`EEXIST open ${join(folder, `é-${taken}`)}`]);
  expect(results[taken < 256 ? 300 : 0]?.status).toBe("fulfilled");
});
