import { createReadStream } from "node:fs";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { BentoFile, BentoImage, type FileContent } from "@bento/core";
import { expect, onTestFinished, test } from "vitest";
import { type ClientOptions, createClient, type Progress } from "../src/index.js";
import { listenBytes, type SeenBytes } from "./byte-server.js";
import type { Kinds } from "./kinds.js";
import { kindsSchema } from "./kinds.js";

const bytes = new TextEncoder().encode("hello, file");
const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAIAAAA2iEnWAAAAEUlEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==", "base64");

function client(url: string, options: ClientOptions = {}) {
  return createClient<Kinds>(url, { schema: kindsSchema, ...options });
}

/** Answers with what it was told to have understood. */
function saying(say: (seen: SeenBytes) => unknown) {
  return listenBytes(async (seen, response) => response.end(JSON.stringify(await say(seen))));
}

function once(): ReadableStream<Uint8Array> {
  return new Blob([bytes]).stream();
}

test.each<[string, () => Parameters<Kinds["size"]>[0], string]>([
  ["a Blob", () => new Blob([bytes], { type: "text/markdown" }), "text/markdown"],
  ["a File", () => new File([bytes], "a.md", { type: "text/markdown" }), "text/markdown"],
  ["bytes", () => bytes, "application/octet-stream"],
  ["an ArrayBuffer", () => bytes.slice().buffer, "application/octet-stream"],
  ["a stream", once, "application/octet-stream"],
  ["a BentoFile", () => BentoFile.from(bytes, { name: "x.pdf" }), "application/pdf"],
])("%s as the whole input is the body", async (_name, input, type) => {
  await using server = await saying(({ body }) => body.byteLength);
  expect(await client(server.url).size(input())).toBe(bytes.byteLength);
  const seen = server.seen.find(({ path }) => path === "/size");
  expect(seen).toMatchObject({ headers: { "content-type": type } });
  expect(seen?.body.equals(bytes)).toBe(true);
});

test("its name goes along, whatever letters it has", async () => {
  await using server = await saying(() => 1);
  await client(server.url).size(BentoFile.from(bytes, { name: "übel 'n' \"gut\".txt" }));
  expect(server.seen[0]?.headers["content-disposition"]).toBe("attachment; filename*=UTF-8''%C3%BCbel%20%27n%27%20%22gut%22.txt");
});

test("a file never looks like a form", async () => {
  await using server = await saying(() => 1);
  await client(server.url).size(new Blob([bytes], { type: "multipart/form-data; boundary=x" }));
  expect(server.seen[0]?.headers["content-type"]).toBe("application/octet-stream");
});

test("files among arguments are multipart: the arguments as JSON first, then the files with name and type", async () => {
  await using server = await saying(async ({ form }) => {
    const entries = [...(await form())];
    return Promise.all(
      entries.map(async ([name, value]) =>
        typeof value === "string" ? [name, value] : [name, value.name, value.type, await value.text()],
      ),
    );
  });
  const merged: unknown = await client(server.url).merge({
    docs: [new File(["one"], 'a "b".txt', { type: "text/plain" }), BentoFile.from(new TextEncoder().encode("two")), new Blob(["three"])],
    cover: new File([png], "cover.png", { type: "image/png" }),
    mode: "fast\r\n--",
    top: [1, 2.5],
  });
  expect(JSON.parse(merged as string)).toEqual([
    ["mode", '"fast\\r\\n--"'],
    ["top", "[1,2.5]"],
    ["docs", 'a "b".txt', "text/plain", "one"],
    ["docs", "blob", "application/octet-stream", "two"],
    ["docs", "blob", "application/octet-stream", "three"],
    ["cover", "cover.png", "image/png", expect.any(String)],
  ]);
  const [seen] = server.seen;
  expect(seen?.headers["content-length"]).toBe(String(seen?.body.byteLength));
});

test("without a file, or with none in its place, it is JSON", async () => {
  await using server = await saying(() => "ok");
  await client(server.url).merge({ docs: [], cover: null, mode: "x" });
  expect(server.seen[0]?.headers["content-type"]).toBe("application/json");
  expect(JSON.parse(String(server.seen[0]?.body))).toEqual({ docs: [], cover: null, mode: "x" });
});

test("files further inside are data URLs", async () => {
  await using server = await saying(() => "ok");
  await client(server.url).nested({ pages: [{ scan: new File(["one"], "a.txt", { type: "text/plain" }) }, { scan: bytes }] });
  const { pages } = JSON.parse(String(server.seen[0]?.body)) as { pages: { scan: string }[] };
  expect(pages[0]?.scan).toBe(`data:text/plain;name=a.txt;base64,${btoa("one")}`);
  expect(pages[1]?.scan).toBe(`data:application/octet-stream;base64,${Buffer.from(bytes).toString("base64")}`);
});

test("a file of the disk is read as it is sent, tells how far it is, and can be sent again", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bento-client-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "large.bin");
  const size = 3_000_000;
  await writeFile(path, Buffer.alloc(size, 7));
  const opened: string[] = [];
  const content: FileContent = {
    size: (await stat(path)).size,
    path,
    stream() {
      opened.push(path);
      return Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
    },
  };
  let failures = 1;
  await using server = await listenBytes(async ({ form }, response) => {
    if (failures-- > 0) return response.destroy();
    return response.end(String(((await form()).get("docs") as File).size));
  });
  const progress: Progress[] = [];
  const answer = await client(server.url).merge(
    { docs: [new BentoFile(content, { name: "large.bin" })], mode: "x" },
    { idempotent: true, onUploadProgress: (step) => progress.push(step) },
  );
  expect(answer).toBe(String(size));
  expect(opened).toHaveLength(2);
  const [last] = progress.slice(-1);
  expect(last?.loadedBytes).toBe(server.seen.at(-1)?.body.byteLength);
  expect(last?.totalBytes).toBe(last?.loadedBytes);
  expect(progress.length).toBeGreaterThan(20);
});

test("a stream is sent once, even where that could be tried again", async () => {
  await using server = await listenBytes((_seen, response) => response.destroy());
  await expect(client(server.url, { idempotent: true }).merge({ docs: [once()] })).rejects.toMatchObject({ code: "BENTO_REMOTE_FAILED" });
  expect(server.seen).toHaveLength(1);
  await expect(client(server.url, { idempotent: true }).size(once())).rejects.toMatchObject({ code: "BENTO_REMOTE_FAILED" });
  expect(server.seen).toHaveLength(2);
});

test("a file follows a redirect; a stream cannot", async () => {
  await using server = await listenBytes(({ path, body }, response) => {
    if (path === "/moved") return response.end(String(body.byteLength));
    return response.writeHead(307, { location: "/moved" }).end();
  });
  expect(await client(server.url).size(bytes)).toBe(bytes.byteLength);
  await expect(client(server.url).size(once())).rejects.toMatchObject({
    code: "BENTO_REMOTE_FAILED",
    message: expect.stringContaining("cannot be sent again") as string,
  });
});

test.each([
  ['attachment; filename="x y.csv"', "x y.csv"],
  ["attachment; filename=x.csv", "x.csv"],
  ["attachment; filename*=utf-8''table%20%C3%A9.csv", "table é.csv"],
  ["inline; filename=\"plain.csv\"; filename*=UTF-8''b%2Fetter.csv", "etter.csv"],
  ['attachment; filename="../../etc/passwd"', "passwd"],
  ['attachment; filename="a \\"b\\".csv"', 'a "b".csv'],
  ["attachment; filename*=utf-8''%ff", undefined],
  ["attachment", undefined],
])("a file that is answered has its type and name: %s", async (disposition, name) => {
  await using server = await listenBytes((_seen, response) => {
    response.writeHead(200, { "content-type": "text/csv; charset=utf-8", "content-disposition": disposition }).end("a,b\n");
  });
  const file = await client(server.url).report();
  expect(file).toBeInstanceOf(BentoFile);
  expect([file.name, file.type, file.size]).toEqual([name, "text/csv; charset=utf-8", 4]);
  expect(await file.text()).toBe("a,b\n");
});

test("a picture has its size, unless nobody knows its format", async () => {
  let body: Uint8Array = png;
  await using server = await listenBytes((_seen, response) => response.writeHead(200, { "content-type": "image/png" }).end(body));
  const picture = await client(server.url).picture();
  if (!BentoImage.isImage(picture)) throw new Error("no image");
  expect([picture.format, picture.width, picture.height]).toEqual(["png", 2, 3]);
  body = bytes;
  expect(BentoImage.isImage(await client(server.url).picture())).toBe(false);
});

test("where a file may be missing, the answer's type tells", async () => {
  const answers = [
    ["application/json", "null"],
    ["application/pdf", "%PDF"],
  ] as const;
  let count = 0;
  await using server = await listenBytes((_seen, response) => {
    const [type, body] = answers[count++ % 2] ?? answers[0];
    response.writeHead(200, { "content-type": type }).end(body);
  });
  expect(await client(server.url).maybe()).toBeNull();
  expect((await client(server.url).maybe())?.type).toBe("application/pdf");
});

test("a file can be read as it comes, however long that takes, and ends with its signal", async () => {
  let go = (): void => undefined;
  await using server = await listenBytes(async (_seen, response) => {
    response.writeHead(200, { "content-type": "text/csv" }).write("first,");
    await new Promise<void>((resolve) => (go = resolve));
    response.end("second");
  });
  const ended: string[] = [];
  const hooks: ClientOptions["hooks"] = { onEnd: (_request, { error }) => void ended.push(error?.code ?? "ok") };
  const file = await client(server.url, { hooks }).report(undefined, { streamFile: true, timeoutMs: 1000 });
  expect([file.type, file.size, ended]).toEqual(["text/csv", undefined, []]);
  const reader = file.stream().getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe("first,");
  go();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe("second");
  expect((await reader.read()).done).toBe(true);
  expect(ended).toEqual(["ok"]);

  const controller = new AbortController();
  const left = await client(server.url).report(undefined, { streamFile: true, signal: controller.signal });
  const rest = left.text();
  controller.abort();
  await expect(rest).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
});

test("one that breaks off while it is read says so, to its reader and to the hooks", async () => {
  await using server = await listenBytes((_seen, response) => {
    response.writeHead(200, { "content-type": "text/csv", "content-length": 100 }).write("half");
    setImmediate(() => response.destroy());
  });
  const ended: string[] = [];
  const hooks: ClientOptions["hooks"] = { onEnd: (_request, { error }) => void ended.push(error?.code ?? "ok") };
  const file = await client(server.url, { hooks }).report(undefined, { streamFile: true });
  await expect(file.text()).rejects.toMatchObject({
    code: "BENTO_REMOTE_FAILED",
    message: expect.stringContaining(`POST ${server.url}/report failed`) as string,
  });
  expect(ended).toEqual(["BENTO_REMOTE_FAILED"]);
});
