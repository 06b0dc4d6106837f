import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contentOf, gather, listed, someBytes } from "../../../../test/support/remote-bytes.js";
import { remoteContract } from "../../../../test/support/remote-contract.js";
import type { RemoteContent } from "../../src/index.js";
import type { OpenedRemote } from "../../src/remote/engine/open-remote.js";
import { faultyEngine } from "../support/engine.js";
import { fault } from "../support/faulty-remote.js";

const forGood = { isTransient: false };

describe("what is opened does all that remotes do", () => {
  remoteContract(async () => ({ remote: (await faultyEngine()).engine }));
});

describe("also where every call fails at first, and every read breaks", () => {
  const twice = (): Error[] => Array.from({ length: 400 }, (_, index) => (index % 2 === 0 ? fault("busy") : undefined) as Error);
  remoteContract(async () => {
    const failing = { stat: twice(), write: twice(), list: twice(), delete: twice(), makeFolder: twice() };
    const cuts = Array.from({ length: 300 }, (_, index) => (index * 7919) % 90_001);
    return { remote: (await faultyEngine({ failing, cuts, traits: { lanes: 1 } }, { retries: 1000 })).engine, at: "at/" };
  });
});

describe("a read that breaks", () => {
  test("goes on where it was, whatever range, wherever it breaks and however that looks", async () => {
    const cases = fc.record({
      size: fc.integer({ min: 0, max: 3_000_000 }),
      start: fc.integer({ min: 0, max: 3_100_000 }),
      length: fc.option(fc.integer({ min: 0, max: 3_100_000 }), { nil: undefined }),
      cuts: fc.array(fc.integer({ min: 0, max: 1_500_000 }), { maxLength: 6 }),
      endsQuietly: fc.boolean(),
      ranges: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ size, start, length, cuts, endsQuietly, ranges }) => {
        const { engine, faulty } = await faultyEngine({ cuts: [...cuts], endsQuietly, traits: { ranges } });
        const bytes = someBytes(size);
        await engine.write("file.bin", contentOf(bytes));
        const end = length === undefined ? undefined : start + length;
        const read = await gather(engine.read("file.bin", { start, end }));
        if (!ranges) expect(faulty.calls.filter((call) => call.startsWith("read") && !call.includes(" 0-"))).toEqual([]);
        return read.equals(bytes.subarray(start, end));
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ["it is another file by now", (engine: OpenedRemote) => engine.write("file.bin", contentOf(someBytes(2_000_000)))],
    ["it is not there any more", (engine: OpenedRemote) => engine.delete("file.bin")],
  ])("fails when %s", async (how, change) => {
    const { engine } = await faultyEngine({ cuts: [1_500_000], onCut: () => change(engine) });
    await engine.write("file.bin", contentOf(someBytes(2_000_000)));
    const message: unknown = expect.stringContaining(`it changed while it was read: ${how}`);
    await expect(gather(engine.read("file.bin"))).rejects.toMatchObject({ code: "BENTO_TRANSFER_FAILED", message, cause: forGood });
  });

  test("is given up when no try comes any further, and counted anew when one does", async () => {
    const { engine, faulty } = await faultyEngine({
      cuts: [100, ...Array.from({ length: 5 }, () => 0), 100, ...Array.from({ length: 50 }, () => 0)],
    });
    await engine.write("file.bin", contentOf(someBytes(1000)));
    const got: Uint8Array[] = [];
    const reading = (async () => {
      for await (const chunk of engine.read("file.bin")) got.push(chunk);
    })();
    await expect(reading).rejects.toMatchObject({
      code: "BENTO_TRANSFER_FAILED",
      message: expect.stringContaining("the connection broke") as string,
    });
    expect(Buffer.concat(got)).toHaveLength(200);
    expect(faulty.calls.filter((call) => call.startsWith("read"))).toHaveLength(1 + 6 + 6);
    expect(faulty.calls.at(-1)).toBe("read file.bin 200-");
  });

  test("is not tried again while its signal is aborted", async () => {
    const controller = new AbortController();
    const { engine, faulty } = await faultyEngine({ cuts: [10, 10], onCut: async () => controller.abort() });
    await engine.write("file.bin", contentOf(someBytes(1000)));
    await expect(gather(engine.read("file.bin", { signal: controller.signal }))).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
    expect(faulty.calls.filter((call) => call.startsWith("read"))).toHaveLength(1);
  });
});

describe("what is tried again", () => {
  test("a look, a list and a deletion, as often as may help; not what fails for good", async () => {
    const { engine, faulty } = await faultyEngine({
      failing: { stat: [fault("a"), fault("b")], list: [fault("c")], delete: [fault("d")] },
    });
    expect(await engine.stat("x")).toBeUndefined();
    expect(await listed(engine, "")).toEqual(new Map());
    await engine.delete("x");
    expect(faulty.calls).toEqual(["stat x", "stat x", "stat x", "list ", "list ", "delete x", "delete x"]);
    const refusing = await faultyEngine({ failing: { stat: [fault("no", false)] } });
    await expect(refusing.engine.stat("x")).rejects.toMatchObject({ message: expect.stringContaining("no") as string });
    expect(refusing.faulty.calls).toHaveLength(1);
  });

  test("a whole write, from its beginning; not what its content throws, however that looks", async () => {
    const { engine, faulty } = await faultyEngine({ failing: { write: [fault("a"), fault("b")] } });
    const bytes = someBytes(500_000);
    await engine.write("file.bin", contentOf(bytes));
    expect((await gather(engine.read("file.bin"))).equals(bytes)).toBe(true);
    expect(faulty.calls.filter((call) => call.startsWith("write"))).toHaveLength(3);
    const failing: RemoteContent = {
      size: undefined,
      // oxlint-disable-next-line require-yield -- it fails before its first byte
      async *stream() {
        throw fault("from elsewhere");
      },
    };
    await expect(engine.write("other.bin", failing)).rejects.toThrow("from elsewhere");
    expect(faulty.calls.filter((call) => call.startsWith("write"))).toHaveLength(4);
  });

  test("a write as often as it comes further, and no longer than patience lasts where it does not", async () => {
    const [bytes, writeCuts] = [someBytes(4_000_000), Array.from({ length: 12 }, (_, index) => (index + 1) * 310_000)];
    const { engine, faulty } = await faultyEngine({ writeCuts: [...writeCuts] }, { retries: 1 });
    await engine.write("file.bin", contentOf(bytes));
    expect(faulty.calls).toHaveLength(13);
    const stuck = (): number[] => Array.from({ length: 99 }, () => 310_000);
    const patient = await faultyEngine({ writeCuts: stuck() });
    await expect(patient.engine.write("file.bin", contentOf(bytes))).rejects.toMatchObject({ code: "BENTO_TRANSFER_FAILED" });
    expect(patient.faulty.calls).toHaveLength(7);
    const hasty = await faultyEngine({ writeCuts: stuck() }, { patienceMs: 0 });
    await expect(hasty.engine.write("file.bin", contentOf(bytes))).rejects.toMatchObject({ code: "BENTO_TRANSFER_FAILED" });
    expect(hasty.faulty.calls).toHaveLength(2);
  });

  test("no list of which something was given out already", async () => {
    const { engine } = await faultyEngine();
    await engine.write("a", contentOf(someBytes(1)));
    const entries = engine.list("")[Symbol.asyncIterator]();
    await entries.next();
    await engine.delete("a");
    expect(await entries.next()).toMatchObject({ done: true });
  });

  test("nothing once the caller has gone away, also while it waits", async () => {
    const controller = new AbortController();
    const { engine } = await faultyEngine(
      { failing: { stat: Array.from({ length: 20 }, () => fault("busy")) } },
      { onRetry: () => controller.abort() },
    );
    await expect(engine.stat("x", { signal: controller.signal })).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
  });
});

test.each([9, 11])("content of %i bytes that should have 10 is not written", async (size) => {
  const { engine } = await faultyEngine();
  const content: RemoteContent = { ...contentOf(someBytes(size)), size: 10 };
  await expect(engine.write("file.bin", content)).rejects.toMatchObject({ code: "BENTO_TRANSFER_FAILED" });
  expect(await engine.stat("file.bin")).toBeUndefined();
});

test.each(["../x", "a/../../x", "a/..", "./x", "a\nDELE b", "a\0b"])("the path %j is refused", async (path) => {
  const { engine, faulty } = await faultyEngine();
  const refused = { code: "BENTO_BAD_REQUEST" };
  await expect(engine.stat(path)).rejects.toMatchObject(refused);
  await expect(engine.write(path, contentOf(someBytes(1)))).rejects.toMatchObject(refused);
  await expect(gather(engine.read(path))).rejects.toMatchObject(refused);
  await expect(listed(engine, path)).rejects.toMatchObject(refused);
  await expect(engine.delete(path)).rejects.toMatchObject(refused);
  expect(faulty.calls).toEqual([]);
});

test.each(["../x", "a/../../x", "/etc/passwd", "b/x", "a", "a/", "a/x\0", "ab/x"])(
  "a server that lists %j in the folder a is not believed",
  async (path) => {
    const { engine, faulty } = await faultyEngine();
    faulty.list = async function* list() {
      yield { kind: "file", path, size: 1, version: "1" };
    };
    await expect(listed(engine, "a")).rejects.toMatchObject({
      code: "BENTO_TRANSFER_FAILED",
      message: expect.stringContaining("not below it") as string,
    });
  },
);

test("what a driver throws raw is put into words, without secrets, and tried again where that may help", async () => {
  const lost = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
  const { engine, faulty } = await faultyEngine({
    failing: { stat: [lost, new Error("bad key hidden-key, sent to x")], list: [new Error("hidden-key")] },
  });
  await engine.write("a", contentOf(someBytes(9)));
  faulty.read = async function* read() {
    yield someBytes(1);
    throw new Error("hidden-key is no key");
  };
  const reading = gather(engine.readFile({ kind: "file", path: "a", size: 9, version: "1" }));
  for (const [work, words] of [
    [engine.stat("a"), 'Cannot look at "memory://'],
    [listed(engine, ""), 'Cannot list "memory://'],
    [reading, 'Cannot read "memory://'],
  ] as const) {
    const error: unknown = await work.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "BENTO_TRANSFER_FAILED", message: expect.stringContaining(words) as string });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("hidden-key");
  }
  expect(faulty.calls.filter((call) => call.startsWith("stat"))).toHaveLength(2);
});
