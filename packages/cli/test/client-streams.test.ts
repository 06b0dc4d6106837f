import { api, type Args, defineService } from "@bento/sdk";
import { byteStream, jsonLines } from "@bento/sdk/kinds";
import { type BentoServer, serve } from "@bento/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { FakeTerminal, run } from "./fake-terminal.js";
import { main } from "../src/main.js";

const Numbers = jsonLines(z.object({ n: z.number() }));
const Bytes = byteStream();

/** Told how a stream of `sums` ended for the method. */
let onEnd: (isAborted: boolean) => void = () => undefined;

const Streams = defineService({
  name: "streams",
  apis: {
    total: api({ input: Numbers, output: z.number() }, async (numbers: Args<typeof Numbers>) => {
      let total = 0;
      for await (const { n } of numbers) total += n;
      return total;
    }),
    sums: api({ input: Numbers, output: z.number() }, async function* (numbers: Args<typeof Numbers>, ctx) {
      let sum = 0;
      try {
        for await (const { n } of numbers) yield (sum += n);
      } finally {
        onEnd(ctx.signal.aborted);
      }
    }),
    length: api({ input: Bytes, output: z.number() }, async (bytes: Args<typeof Bytes>) => {
      let length = 0;
      for await (const piece of bytes) length += piece.byteLength;
      return length;
    }),
  },
});

let server: BentoServer;
beforeAll(async () => {
  server = await serve(Streams, { port: 0, banner: false, accessLog: false, handleSignals: false });
});
afterAll(() => server.close());

/** What is piped in, as the test pushes it. */
function piped() {
  let push: (text: string | undefined) => void = () => undefined;
  const start = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    push = (text) => (text === undefined ? controller.close() : controller.enqueue(new TextEncoder().encode(text)));
  };
  const bytes = new ReadableStream<Uint8Array>({ start });
  return { bytes, push: (text: string | undefined) => push(text) };
}

const call = (endpoint: string, input: string, ...args: readonly string[]) =>
  run(["client", server.url, endpoint, "@-", ...args], { bytes: new Blob([input]).stream() });

test("lines that are piped in are the items of a stream", async () => {
  expect(await call("total", '{"n":1}\n\n{"n":2}\r\n{"n":3}')).toMatchObject({ exit: 0, stdout: "6\n", stderr: "" });
  expect(await call("total", "")).toMatchObject({ exit: 0, stdout: "0\n" });
  expect(await run(["client", server.url, "total", '[{"n":4}]'])).toMatchObject({ exit: 0, stdout: "4\n" });
  expect(await call("length", "12345")).toMatchObject({ exit: 0, stdout: "5\n" });
});

test("each answer is printed while more may come", async () => {
  const { bytes, push } = piped();
  const terminal = new FakeTerminal({ bytes });
  const called = main(["client", server.url, "sums", "@-"], terminal);
  push('{"n":1}\n{"n":');
  await expect.poll(() => terminal.stdout).toBe("1\n");
  push("2}\n");
  await expect.poll(() => terminal.stdout).toBe("1\n3\n");
  push(undefined);
  expect(await called).toBe(0);
});

test("Ctrl-C ends both directions, and the method", async () => {
  const ended = new Promise<boolean>((resolve) => (onEnd = resolve));
  const { bytes, push } = piped();
  const terminal = new FakeTerminal({ bytes });
  const called = main(["client", server.url, "sums", "@-"], terminal);
  push('{"n":1}\n');
  await expect.poll(() => terminal.stdout).toBe("1\n");
  terminal.interrupt("SIGINT");
  expect(await called).toBe(130);
  expect(await ended).toBe(true);
});

test("an item that does not fit, or is no JSON, ends the call and says which it is", async () => {
  const wrong = await call("total", '{"n":1}\n{"n":"two"}\n');
  expect(wrong).toMatchObject({ exit: 1, stdout: "" });
  expect(wrong.stderr).toMatch(/number/);
  const none = await call("total", '{"n":1}\nnope\n');
  expect(none).toMatchObject({ exit: 2, stdout: "" });
  expect(none.stderr).toContain('line 2, is no JSON: "nope"');
});
