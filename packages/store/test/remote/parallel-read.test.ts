import { describe, expect, test } from "vitest";
import { contentOf, gather, someBytes } from "../../../../test/support/remote-bytes.js";
import { trialBytes } from "../../src/remote/engine/paced-read.js";
import { partBytes } from "../../src/remote/engine/parallel-read.js";
import { faultyEngine } from "../support/engine.js";
import { fault } from "../support/faulty-remote.js";

/** Never enough for one request to be left alone. */
const slow = { plentyPerSecond: Number.POSITIVE_INFINITY };

describe("a large file", () => {
  const size = trialBytes + 4 * partBytes + 5;

  test("is read by several requests ahead, in order, and by no more than there are lanes", async () => {
    const { engine, faulty } = await faultyEngine({ traits: { lanes: 3 }, cuts: [5_000_000, 3_000_000, 100] }, slow);
    const bytes = someBytes(size);
    await engine.write("file.bin", contentOf(bytes));
    const chunks = engine.read("file.bin")[Symbol.asyncIterator]();
    const first = await taken(chunks, trialBytes);
    expect(faulty.mostReading).toBe(1);
    const rest = await gather({ [Symbol.asyncIterator]: () => chunks });
    expect(Buffer.concat([first, rest]).equals(bytes)).toBe(true);
    expect(faulty.mostReading).toBe(3);
    expect(faulty.calls).toContain(`read file.bin ${size - 5}-`);
  });

  test("is read by one request after the other where one brings plenty", async () => {
    const { engine, faulty } = await faultyEngine({ traits: { lanes: 3 } }, { plentyPerSecond: 0 });
    const bytes = someBytes(size);
    await engine.write("file.bin", contentOf(bytes));
    expect((await gather(engine.read("file.bin"))).equals(bytes)).toBe(true);
    expect(faulty.mostReading).toBe(1);
    expect(faulty.calls.filter((call) => call.startsWith("read"))).toHaveLength(2);
  });

  test("holds no more than its lanes where nobody takes it, and ends all of them with the first that fails or is left", async () => {
    const { engine, faulty } = await faultyEngine({ traits: { lanes: 3 } }, slow);
    await engine.write("file.bin", contentOf(someBytes(size)));
    const chunks = engine.read("file.bin")[Symbol.asyncIterator]();
    await taken(chunks, trialBytes + 1);
    await chunks.next();
    await expect.poll(() => faulty.reading).toBe(0);
    expect(faulty.calls.filter((call) => call.startsWith("read"))).toHaveLength(1 + 3);
    await chunks.return?.();
    expect(faulty.calls.filter((call) => call.startsWith("read"))).toHaveLength(1 + 3);
    const failing = { read: [undefined as never, undefined as never, fault("forbidden", false)] };
    const other = await faultyEngine({ traits: { lanes: 3 }, failing }, slow);
    await other.engine.write("file.bin", contentOf(someBytes(size)));
    await expect(gather(other.engine.read("file.bin"))).rejects.toMatchObject({ message: expect.stringContaining("forbidden") as string });
    await expect.poll(() => other.faulty.reading).toBe(0);
  });

  test("is left by its signal", async () => {
    const controller = new AbortController();
    const { engine, faulty } = await faultyEngine({ traits: { lanes: 3 } }, slow);
    await engine.write("file.bin", contentOf(someBytes(size)));
    const chunks = engine.read("file.bin", { signal: controller.signal })[Symbol.asyncIterator]();
    await taken(chunks, trialBytes + 1);
    await chunks.next();
    controller.abort();
    await expect(gather({ [Symbol.asyncIterator]: () => chunks })).rejects.toMatchObject({
      code: "BENTO_CANCELLED",
      message: expect.stringContaining("file.bin") as string,
    });
    await expect.poll(() => faulty.reading).toBe(0);
  });
});

/** At least so many bytes of a stream that goes on. */
async function taken(chunks: AsyncIterator<Uint8Array>, least: number): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for (let count = 0; count < least;) {
    const chunk = (await chunks.next()).value as Uint8Array;
    all.push(chunk);
    count += chunk.length;
  }
  return Buffer.concat(all);
}
