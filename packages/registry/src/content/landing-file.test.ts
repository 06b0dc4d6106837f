import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HashThreads } from "../transfer/hash-threads.js";
import { LandingFile } from "./landing-file.js";

const partSize = 1000;
const bytes = randomBytes(4500);
const digest = (of: Uint8Array): string => createHash("sha256").update(of).digest("hex");
const pieces = Array.from({ length: 5 }, (_, index) => bytes.subarray(index * partSize, (index + 1) * partSize));
const file = { path: "weights.bin", size: bytes.length, executable: false, sha256: digest(bytes), parts: pieces.map(digest) };

let folder: string;
const threads = new HashThreads();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bento-landing-"));
});
afterAll(async () => {
  await threads[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

let count = 0;

test("a file is what was promised in whatever order its parts land, side by side, some of them wrong at first", async () => {
  const order = fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 });
  await fc.assert(
    fc.asyncProperty(order, fc.subarray([0, 1, 2, 3, 4]), fc.integer({ min: 1, max: 5 }), async (parts, wrong, lanes) => {
      const landing = new LandingFile(file, { place: join(folder, `${count++}`), partSize, threads });
      const target = await open(landing.place, "w");
      const waiting = [...parts];
      const lane = async (): Promise<void> => {
        for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
          if (wrong.includes(part)) {
            await target.write(randomBytes((pieces[part] as Uint8Array).length), 0, null, part * partSize);
            expect(await landing.isRight(part)).toBe(false);
          }
          await target.write(pieces[part] as Uint8Array, 0, null, part * partSize);
          expect(await landing.isRight(part)).toBe(true);
          landing.landed(part);
        }
      };
      await Promise.all(Array.from({ length: lanes }, lane));
      await target.close();
      expect(landing.isComplete).toBe(true);
      expect(await landing.isPromised()).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test("parts that are right make no file that is not the one that was promised", async () => {
  const landing = new LandingFile({ ...file, sha256: digest(bytes.subarray(partSize)) }, { place: join(folder, "lie"), partSize, threads });
  const target = await open(landing.place, "w");
  await target.write(bytes);
  await target.close();
  for (const part of pieces.keys()) {
    expect(await landing.isRight(part)).toBe(true);
    landing.landed(part);
  }
  expect(await landing.isPromised()).toBe(false);
});
