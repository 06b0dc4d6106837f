import fc from "fast-check";
import { expect, test } from "vitest";
import { contentOf, gather, someBytes } from "../../../../test/support/remote-bytes.js";
import { RemoteAccess } from "../../src/remote/archives/remote-access.js";
import { faultyEngine } from "../support/engine.js";
import type { FaultyRemote } from "../support/faulty-remote.js";

const size = 20_000_003;
const bytes = someBytes(size);
const { signal } = new AbortController();

async function open(
  lanes: number,
): Promise<{ readonly access: RemoteAccess; readonly faulty: FaultyRemote; readonly reads: () => readonly string[] }> {
  const { engine, faulty } = await faultyEngine({ traits: { lanes } });
  await engine.write("x.zip", contentOf(bytes));
  const entry = await engine.stat("x.zip");
  const reads = (): readonly string[] =>
    faulty.calls.flatMap((call) => (call.startsWith("read x.zip ") ? [call.slice("read x.zip ".length)] : []));
  return {
    access: new RemoteAccess(engine, { ...entry, kind: "file", path: "x.zip", size, version: entry?.version }, signal),
    faulty,
    reads,
  };
}

test("whatever is read, in whatever order and at once, is what stands there", async () => {
  const { access } = await open(4);
  const range = fc.tuple(fc.integer({ min: 0, max: size + 10 }), fc.integer({ min: 0, max: 3_000_000 }));
  await fc.assert(
    fc.asyncProperty(fc.array(range, { minLength: 1, maxLength: 6 }), async (ranges) => {
      const reads = ranges.map(([start, length]) => access.read(start, start + length));
      for (const [index, read] of (await Promise.all(reads)).entries()) {
        const [start, length] = ranges[index] as [number, number];
        if (!bytes.subarray(start, start + length).equals(read)) return false;
      }
      return true;
    }),
    { numRuns: 40 },
  );
  expect((await gather(access.stream(5, size + 9))).equals(bytes.subarray(5))).toBe(true);
  await access[Symbol.asyncDispose]();
});

test("a look here and there fetches what was asked for; who reads on has the rest read ahead, each byte once", async () => {
  const { access, reads } = await open(4);
  await access.read(size - 1000, size);
  await access.read(5_000_000, 5_000_100);
  expect(reads()).toEqual([`${size - 1000}-`, "5000000-5000100"]);
  await access.read(5_000_100, 5_000_200);
  await access.read(5_000_200, 5_000_300);
  expect(reads().slice(2)).toEqual(["4194304-5242880"]);
  for (let at = 6_000_000; at < 16_000_000; at += 100_000) await access.read(at, at + 100_000);
  expect(reads().length).toBeLessThan(20);
  expect(new Set(reads()).size).toBe(reads().length);
  await access[Symbol.asyncDispose]();
});

test("with one lane nothing is read at the same time as something else", async () => {
  const { access, faulty } = await open(1);
  for (let at = 0; at < size; at += 500_000) await access.read(at, at + 500_000);
  expect(faulty.mostReading).toBe(1);
});

test("what is read ahead ends with the access, and harms nobody when it fails", async () => {
  const { access, faulty } = await open(4);
  const failing = faulty.read.bind(faulty);
  await access.read(0, 10);
  await access.read(10, 2_000_000);
  faulty.read = (path, options) => {
    void failing(path, options);
    throw new Error("no more");
  };
  await access.read(1_500_000, 2_000_000);
  await access[Symbol.asyncDispose]();
  await expect.poll(() => faulty.reading).toBe(0);
  await expect(access.read(19_000_000, size)).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
});
