import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "./bento.js";
import { FakeTerminal, run } from "./fake-terminal.js";
import { main } from "../src/main.js";

// What a service answers with bytes, played by a server of its own: it may be one of Python's as well.

/** One transparent pixel. */
const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==", "base64");

const none = { type: "object", properties: {} };
const file = { type: "file", format: "binary" };
const schema = {
  name: "kinds",
  routes: [
    { name: "copy", route: "/copy", input: { ...file, root_input: true }, output: file },
    { name: "draw", route: "/draw", input: none, output: { type: "file", format: "image", pil: true } },
    {
      name: "reversed",
      route: "/reversed",
      input: { type: "string", format: "binary", root_input: true },
      output: { type: "string", format: "binary" },
    },
    { name: "pour", route: "/pour", input: none, output: { type: "string", format: "binary", is_stream: true } },
    { name: "album", route: "/album", input: none, output: { type: "object", properties: { cover: file } } },
    {
      name: "item",
      route: "/shelves/{shelf}/items/{key}",
      input: { type: "object", properties: { top: { type: "integer" } } },
      output: { type: "string" },
    },
    { name: "cut", route: "/cut", input: none, output: file },
    {
      name: "total",
      route: "/total",
      input: { type: "array", items: {}, "x-bento-stream": true, root_input: true },
      output: { type: "string" },
    },
    { name: "length", route: "/length", input: { ...file, "x-bento-stream": true, root_input: true }, output: { type: "integer" } },
  ],
};

async function answer(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
  const body = await buffer(request);
  switch (request.url ?? "") {
    case "/schema.json":
      return response.end(JSON.stringify(schema));
    case "/copy":
      response.setHeader("content-disposition", 'attachment; filename="../copy of it.bin"');
      return response.setHeader("content-type", "application/octet-stream").end(body);
    case "/draw":
      return response.setHeader("content-type", "image/png").end(png);
    case "/reversed":
      return response.setHeader("content-type", "application/octet-stream").end(body.toReversed());
    case "/pour":
      return response.setHeader("content-type", "text/event-stream").end(Buffer.from([0, 0, 255, 1, 10, 13]));
    case "/album":
      return response.setHeader("content-type", "application/json").end(JSON.stringify({ cover: "data:text/plain;base64,aGk=" }));
    case "/cut":
      response.writeHead(200, { "content-length": 1000 }).write("half");
      return setImmediate(() => response.destroy());
    case "/total":
      return response.setHeader("content-type", "text/plain").end(`${request.headers["content-type"]} ${String(body)}`);
    case "/shelves/a%2Fb/items/7":
      return response.setHeader("content-type", "text/plain").end(String(body));
    default:
      return response.setHeader("content-type", "application/json").end(String(body.byteLength));
  }
}

let server: Server;
let url: string;
const temporary = temporaryFolder();
const folder = temporary.path;
beforeAll(async () => {
  writeFileSync(join(folder, "cat.png"), png);
  server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  temporary[Symbol.dispose]();
});

const call = (args: readonly string[], input?: string) =>
  run(
    ["client", url, ...args.map((word) => word.replace("@/", `@${folder}/`))],
    input === undefined ? {} : { bytes: new Blob([input]).stream() },
  );
const fresh = (): string => {
  const own = temporaryFolder();
  onTestFinished(() => own[Symbol.dispose]());
  return own.path;
};

test("a file comes back as its bytes, or saved under a name that leads nowhere else", async () => {
  const answered = await call(["copy", "@/cat.png"]);
  expect({ exit: answered.exit, stdout: answered.stdout }).toEqual({ exit: 0, stdout: "" });
  expect(answered.bytes).toEqual(png);
  const at = fresh();
  expect(await call(["copy", "@/cat.png", "--save", at])).toMatchObject({
    exit: 0,
    stderr: `Saved ${join(at, "copy of it.bin")}.\n`,
  });
  expect(readFileSync(join(at, "copy of it.bin"))).toEqual(png);
  expect(await call(["draw", "--save", at])).toMatchObject({ exit: 0 });
  expect(readdirSync(at).toSorted()).toEqual(["copy of it.bin", "draw.png"]);
  expect(await call(["draw", "--save", join(at, "mine")])).toMatchObject({ exit: 0, stdout: "" });
  expect(readFileSync(join(at, "mine"))).toEqual(png);
});

test("bytes are not shown to a person", async () => {
  const terminal = new FakeTerminal();
  terminal.bytesOut = () => {
    throw new Error("It is a terminal.");
  };
  expect(await main(["client", url, "draw"], terminal)).toBe(1);
  expect(terminal.stdout).toBe("");
});

test("bytes are what a text or a file holds", async () => {
  expect((await call(["reversed", "abc"])).bytes).toEqual(Buffer.from("cba"));
  expect((await call(["reversed", "@-"], "abc")).bytes).toEqual(Buffer.from("cba"));
});

test("a stream goes out as it comes in", async () => {
  expect(await call(["total", "@-"], '{"n":1}\n{"n":2}\n')).toMatchObject({ exit: 0, stdout: 'application/jsonl {"n":1}\n{"n":2}\n' });
  expect(await call(["total", '[{"n":4}]'])).toMatchObject({ exit: 0, stdout: 'application/jsonl {"n":4}\n' });
  expect(await call(["length", "@/cat.png"])).toMatchObject({ exit: 0, stdout: `${png.byteLength}\n` });
  expect(await call(["length", "@-"], "12345")).toMatchObject({ exit: 0, stdout: "5\n" });
});

test("a stream of bytes comes out as it is", async () => {
  expect((await call(["pour"])).bytes).toEqual(Buffer.from([0, 0, 255, 1, 10, 13]));
});

test("what stands in a path is an argument like any other", async () => {
  expect((await call([])).stdout).toMatch(/item +--shelf <text> --key <text> \[--top <integer>\]/);
  expect(await call(["item", "--key", "7", "--shelf", "a/b"])).toMatchObject({ exit: 0, stdout: "{}\n" });
  expect(await call(["item", "--key=7", "--top", "3", "--shelf=a/b"])).toMatchObject({ exit: 0, stdout: '{"top":3}\n' });
  for (const args of [
    ["--key", "7"],
    ["--key", "7", "--shelf"],
    ["--key", "7", "--shelf="],
    ["--key", "7", "--shelf", "a", "--shelf", "b"],
  ]) {
    const wrong = await call(["item", ...args]);
    expect(wrong).toMatchObject({ exit: 2, stdout: "" });
    expect(wrong.stderr).toContain("--shelf");
  }
});

test("a file inside an answer is a data URL", async () => {
  expect(JSON.parse((await call(["album"])).stdout)).toEqual({ cover: "data:text/plain;base64,aGk=" });
  expect((await call(["album", "-o", "yaml"])).stdout).toBe("cover: data:text/plain;base64,aGk=\n");
});

test("half a file is not saved", async () => {
  const at = fresh();
  expect(await call(["cut", "--save", join(at, "file")])).toMatchObject({
    exit: 1,
    stdout: "",
    stderr: expect.stringMatching(/^error: POST .*\/cut failed: .*\nhint: Check that the service is running/) as string,
  });
  expect(readdirSync(at)).toEqual([]);
});

test("a line that is no JSON ends the call", async () => {
  const { exit, stderr } = await call(["total", "@-"], '{"n":1}\nnope\n');
  expect(exit).not.toBe(0);
  expect(stderr).toContain('line 2, is no JSON: "nope"');
});

test("what takes long is shown to a person as it goes and comes, and gone before the answer", async () => {
  const terminal = new FakeTerminal({ columns: 60 });
  let push!: (bytes: Uint8Array | undefined) => void;
  const input = new ReadableStream<Uint8Array>({
    start: (controller) => void (push = (bytes) => (bytes === undefined ? controller.close() : controller.enqueue(bytes))),
  });
  terminal.bytesIn = () => input;
  const called = main(["client", url, "length", "@-"], terminal);
  push(new Uint8Array(3 << 20));
  await expect.poll(() => terminal.stderr).toMatch(/To length.*3\.00 MiB/);
  push(undefined);
  expect(await called).toBe(0);
  expect(terminal.stdout).toBe("3145728\n");
  expect(terminal.stderr.endsWith("\r\u001B[K")).toBe(true);
  const quiet = new FakeTerminal({ columns: 60 });
  expect(await main(["client", url, "length", `@${join(folder, "cat.png")}`, "--quiet"], quiet)).toBe(0);
  expect(quiet.stderr).toBe("");
});
