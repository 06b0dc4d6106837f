import { PassThrough, Writable } from "node:stream";
import { expect, test } from "vitest";
import { codeOf, errorOf } from "../../test/model-store-contract.js";
import { isStreamTarget, type StreamTarget, writeStreamTarget } from "./stream-target.js";

const never = new AbortController().signal;

/** Counts how many chunks were taken from it. */
function source(count: number): {
  readonly content: AsyncIterable<Uint8Array>;
  readonly taken: () => number;
  readonly isClosed: () => boolean;
} {
  let taken = 0;
  let closed = false;
  async function* content(): AsyncGenerator<Uint8Array, void> {
    try {
      while (taken < count) yield Uint8Array.of(taken++ % 256);
    } finally {
      closed = true;
    }
  }
  return { content: content(), taken: () => taken, isClosed: () => closed };
}

/** A web stream that remembers what happens to it. */
function sink(write: (chunk: Uint8Array) => void | Promise<void> = () => {}): {
  readonly stream: WritableStream<Uint8Array>;
  readonly bytes: number[];
  readonly ends: unknown[];
} {
  const bytes: number[] = [];
  const ends: unknown[] = [];
  const stream = new WritableStream<Uint8Array>({
    write: async (chunk) => {
      await write(chunk);
      bytes.push(...chunk);
    },
    close: () => void ends.push("closed"),
    abort: (reason: unknown) => void ends.push(reason),
  });
  return { stream, bytes, ends };
}

test("everything arrives in order, and the stream is closed", async () => {
  const { stream, bytes, ends } = sink();
  await writeStreamTarget(stream, source(300).content, never);
  expect(bytes).toHaveLength(300);
  expect(bytes.slice(0, 3)).toEqual([0, 1, 2]);
  expect(ends).toEqual(["closed"]);
});

test("a stream of Node takes it too", async () => {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      setImmediate(() => done());
    },
  });
  await writeStreamTarget(stream, source(5).content, never);
  expect(Buffer.concat(chunks)).toEqual(Buffer.of(0, 1, 2, 3, 4));
  expect(stream.writableFinished).toBe(true);
  expect(isStreamTarget(stream) && isStreamTarget(new WritableStream()) && isStreamTarget(new PassThrough())).toBe(true);
  for (const other of ["path", new URL("file:///x"), {}, null, undefined, 7]) expect(isStreamTarget(other)).toBe(false);
});

test("a slow taker decides how much is made", async () => {
  const waiting: (() => void)[] = [];
  const { stream } = sink(() => new Promise((resolve) => waiting.push(resolve)));
  const { content, taken } = source(20);
  const writing = writeStreamTarget(stream, content, never);
  for (let released = 0; released < 20; released += 1) {
    for (let turn = 0; waiting.length === 0 || turn < 20; turn += 1) await new Promise(setImmediate);
    expect(taken()).toBe(released + 1);
    waiting.shift()?.();
  }
  await writing;
});

test("a sink that fails ends it, and the source is closed", async () => {
  const { stream, bytes } = sink((chunk) => {
    if (chunk[0] === 3) throw new Error("the line is down");
  });
  const { content, isClosed } = source(1000);
  const error = await errorOf(writeStreamTarget(stream, content, never));
  expect(error).toMatchObject({ code: "BENTO_TRANSFER_FAILED", message: "The stream could not be written: the line is down" });
  expect(bytes).toEqual([0, 1, 2]);
  expect(isClosed()).toBe(true);
  const node = new Writable({ write: (_chunk, _encoding, done) => done(new Error("the pipe broke")) });
  expect((await errorOf(writeStreamTarget(node, source(10).content, never))).message).toContain("the pipe broke");
});

test("a source that fails aborts the sink with its error", async () => {
  const { stream, ends } = sink();
  const broken = new Error("the source broke");
  async function* failing(): AsyncGenerator<Uint8Array, void> {
    yield Uint8Array.of(1);
    throw broken;
  }
  await expect(writeStreamTarget(stream, failing(), never)).rejects.toBe(broken);
  expect(ends).toEqual([broken]);
});

test("an abort ends a write that hangs", async () => {
  const { promise: entered, resolve: enter } = withResolvers();
  const { stream } = sink(() => {
    enter();
    return new Promise(() => {});
  });
  const { content, isClosed } = source(10);
  const controller = new AbortController();
  const writing = codeOf(writeStreamTarget(stream, content, controller.signal));
  await entered;
  controller.abort();
  expect(await writing).toBe("BENTO_CANCELLED");
  expect(isClosed()).toBe(true);
  const aborted = sink();
  expect(await codeOf(writeStreamTarget(aborted.stream, source(10).content, AbortSignal.abort()))).toBe("BENTO_CANCELLED");
  expect(aborted.bytes).toEqual([]);
  expect(aborted.ends).toHaveLength(1);
});

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve!: () => void;
  return { promise: new Promise<void>((done) => (resolve = done)), resolve };
}

test("a stream that somebody else writes to, or that is closed, is refused", async () => {
  const locked: StreamTarget = new WritableStream();
  locked.getWriter();
  expect(await codeOf(writeStreamTarget(locked, source(1).content, never))).toBe("BENTO_BAD_REQUEST");
  const closed = new WritableStream<Uint8Array>();
  await closed.close();
  expect(await codeOf(writeStreamTarget(closed, source(1).content, never))).toBe("BENTO_TRANSFER_FAILED");
});
