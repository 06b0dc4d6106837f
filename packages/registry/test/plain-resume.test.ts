// Archives that break off on the way: what came is not asked for again, unless it may be of another archive by now.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Registry } from "@bento/registry";
import { FileModelStore, MemoryModelStore } from "@bento/store";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { tarOf, withoutManifest } from "./support/model-tar.js";

const mebibyte = 1024 * 1024;
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "bento-resume-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
});

/** A model as an archive of Python's is: in it nothing would show that bytes of another one are among its own. */
async function archiveOf(weights: Buffer): Promise<Buffer> {
  const store = new MemoryModelStore();
  await store.create("clf:v1", (draft) => draft.write("weights.bin", weights));
  return withoutManifest(await tarOf(store, "clf:v1"));
}

interface Asked {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

/** What a server does at a download: the bytes from `start` to `end`, and then the end or silence. */
interface Given {
  readonly status?: number;
  readonly tar: Buffer;
  readonly start: number;
  readonly end?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly ending?: "break" | "stall";
}

/** A bucket with one archive, behind a registry that signs URLs of it, or that gives it itself. */
async function serving(
  give: (request: Asked & { readonly start: number }, count: number) => Given,
  strategy: "proxy" | "presigned" = "proxy",
) {
  const asked: Asked[] = [];
  let signed = 0;
  const answer = (response: ServerResponse, { status = 200, tar, start, end = tar.length, headers = {}, ending }: Given): void => {
    const range = { "content-range": `bytes ${start}-${tar.length - 1}/${tar.length}` };
    response.writeHead(status, { "content-length": tar.length - start, ...(status === 206 && range), ...headers });
    if (ending === undefined) response.end(tar.subarray(start, end));
    else response.write(tar.subarray(start, end), () => (ending === "break" ? response.destroy() : undefined));
  };
  const server = createServer((request, response) => {
    const url = request.url ?? "";
    if (!url.endsWith("/download") && !url.startsWith("/objects")) {
      if (url.endsWith("presign_download_url")) signed += 1;
      const version = { version: "v1", upload_status: "success", presigned_download_url: `${endpoint}/objects?signature=${signed}` };
      response.setHeader("content-type", "application/json");
      return void response.end(JSON.stringify({ ...version, transmission_strategy: strategy }));
    }
    asked.push({ url, headers: request.headers });
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    answer(response, give({ url, headers: request.headers, start }, asked.length));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const open = () => new Registry({ endpoint, token: "tok", home, env: {}, retry: { retries: 1, minMs: 1, maxMs: 1 } });
  return { asked, endpoint, open, store: new FileModelStore(home) };
}

const etag = '"one"';
const weights = Buffer.alloc(2 * mebibyte, Buffer.from(Array.from({ length: 251 }, (_, index) => index)));
/** Bytes after which connections break: more than what was not read yet when that is seen. */
const far = 400_000;
/** What an honest server says that knows ranges. */
const honest = (tar: Buffer, start: number): Given => ({ status: start === 0 ? 200 : 206, tar, start, headers: { etag } });
const weightsOf = async (store: FileModelStore): Promise<Buffer> => Buffer.from(await (await store.get("clf:v1")).read("weights.bin"));
const startOf = ({ headers }: Asked): number => Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
/** What is kept for a next pull. */
const kept = (): readonly string[] => readdirSync(join(home, "tmp/transfers"));

describe("a connection that breaks off", () => {
  test("is gone on with at the byte that was reached, however often, if some of it comes each time", async () => {
    const tar = await archiveOf(weights);
    const { asked, open, store } = await serving(({ start }) => {
      const end = start + far;
      return { ...honest(tar, start), ...(end < tar.length && { end, ending: "break" }) };
    });
    expect(await open().pull("clf:v1", { store })).toMatchObject({ outcome: "pulled" });
    expect((await weightsOf(store)).equals(weights)).toBe(true);
    expect(asked[0]?.headers.range).toBeUndefined();
    const starts = asked.slice(1).map(startOf);
    expect(starts.length).toBeGreaterThan(3);
    expect(starts[0]).toBeGreaterThan(0);
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    expect(asked.slice(1).every(({ headers }) => headers["if-range"] === etag)).toBe(true);
    expect(kept()).toEqual([]);
  });

  test("is given up where nothing comes any more, and gone on with by the next pull", async () => {
    const tar = await archiveOf(weights);
    let isBroken = true;
    const { asked, open, store } = await serving(({ start }) =>
      isBroken ? { ...honest(tar, start), end: Math.max(start, far), ending: "break" } : honest(tar, start),
    );
    await expect(open().pull("clf:v1", { store })).rejects.toMatchObject({ code: "BENTO_REGISTRY_FAILED" });
    expect(asked).toHaveLength(2);
    expect(await store.listTags()).toEqual([]);
    isBroken = false;
    await open().pull("clf:v1", { store });
    expect(startOf(asked[2] as Asked)).toBeGreaterThan(0);
    expect((await weightsOf(store)).equals(weights)).toBe(true);
    expect(kept()).toEqual([]);
  });

  test("is gone on with where nothing can be kept, too", async () => {
    mkdirSync(join(home, "tmp"));
    writeFileSync(join(home, "tmp/transfers"), "no folder");
    const tar = await archiveOf(weights);
    const { asked, open, store } = await serving(({ start }) => ({
      ...honest(tar, start),
      ...(start === 0 && { end: far, ending: "break" }),
    }));
    await open().pull("clf:v1", { store });
    expect((await weightsOf(store)).equals(weights)).toBe(true);
    expect(asked).toHaveLength(2);
  });

  test("behind a URL that is signed is gone on with by a new URL: the old one may have expired", async () => {
    const tar = await archiveOf(weights);
    const used = new Set<string>();
    const give = ({ start, url }: { readonly start: number; readonly url: string }): Given => {
      if (used.has(url)) return { status: 403, tar: Buffer.from("expired"), start: 0 };
      used.add(url);
      return { ...honest(tar, start), ...(start === 0 && { end: far, ending: "break" }) };
    };
    const { asked, open, store } = await serving(give, "presigned");
    await open().pull("clf:v1", { store });
    expect((await weightsOf(store)).equals(weights)).toBe(true);
    expect(asked.map(startOf)).toEqual([0, expect.any(Number)]);
    expect(startOf(asked[1] as Asked)).toBeGreaterThan(0);
  });

  test("and a URL that is refused is asked for anew, once", async () => {
    const tar = await archiveOf(weights);
    const { asked, open, store } = await serving(
      ({ start }, count) =>
        count === 2
          ? { status: 403, tar: Buffer.from("expired"), start: 0 }
          : { ...honest(tar, start), ...(count === 1 && { end: far, ending: "break" }) },
      "presigned",
    );
    await open().pull("clf:v1", { store });
    expect((await weightsOf(store)).equals(weights)).toBe(true);
    expect(startOf(asked[2] as Asked)).toBe(startOf(asked[1] as Asked));
    expect(new Set(asked.map(({ url }) => url)).size).toBe(3);
  });
});

const others = Buffer.from(weights).fill(7);
type Answers = (archives: { readonly tar: Buffer; readonly other: Buffer; readonly start: number }) => Given;
/** To the second request, which asks for the rest where the first one had a strong ETag. */
const anew: Readonly<Record<string, { readonly first?: Record<string, string>; readonly next: Answers; readonly isRest: boolean }>> = {
  "whose ETag promises no more than likeness": { first: { etag: 'W/"one"' }, next: ({ tar }) => ({ tar, start: 0 }), isRest: false },
  "of which only a time is known": {
    first: { "last-modified": "Wed, 21 Oct 2015 07:28:00 GMT" },
    next: ({ tar }) => ({ tar, start: 0 }),
    isRest: false,
  },
  "whose server says that it knows no ranges": {
    first: { etag, "accept-ranges": "none" },
    next: ({ tar }) => ({ tar, start: 0 }),
    isRest: false,
  },
  "whose server ignores ranges": { next: ({ tar }) => ({ tar, start: 0, headers: { etag } }), isRest: true },
  "that is another by now": { next: ({ other }) => ({ tar: other, start: 0, headers: { etag: '"two"' } }), isRest: true },
  "that is another by now, of a server that goes by ranges alone": {
    next: ({ other, start }) => ({ status: start === 0 ? 200 : 206, tar: other, start, headers: { etag: '"two"' } }),
    isRest: true,
  },
  "whose server gives another range": {
    next: ({ tar, start }) =>
      start === 0
        ? { tar, start }
        : { status: 206, tar, start, headers: { etag, "content-range": `bytes 0-${tar.length - 1}/${tar.length}` } },
    isRest: true,
  },
  "of which the rest comes without an ETag": { next: ({ tar, start }) => ({ status: start === 0 ? 200 : 206, tar, start }), isRest: true },
  "that is shorter by now": {
    next: ({ other, start }) => (start === 0 ? { tar: other, start } : { status: 416, tar: Buffer.alloc(0), start: 0 }),
    isRest: true,
  },
};

test.each(Object.entries(anew))("an archive %s begins anew", async (_, { first = { etag }, next, isRest }) => {
  const [tar, other] = [await archiveOf(weights), await archiveOf(others)];
  const { asked, open, store } = await serving(({ start }, count) =>
    count === 1 ? { tar, start, headers: first, end: far, ending: "break" } : next({ tar, other, start }),
  );
  expect(await open().pull("clf:v1", { store })).toMatchObject({ outcome: "pulled" });
  const last = next({ tar, other, start: 0 }).tar;
  expect((await weightsOf(store)).equals(last === tar ? weights : others)).toBe(true);
  expect(asked[1]?.headers.range !== undefined).toBe(isRest);
  expect(asked.at(-1)?.headers.range).toBeUndefined();
  expect(asked.length).toBe(isRest ? 3 : 2);
});

test.each([
  ["has room for the archive once more", 1, undefined],
  ["has not", 0, { "content-length": String(2 ** 50) }],
] as const)("what has come of a pull that is stopped is kept where the disk %s: %i", async (_, count, length) => {
  const tar = await archiveOf(weights);
  const { open, store } = await serving(() => ({ tar, start: 0, headers: { etag, ...length }, end: far, ending: "stall" }));
  const stop = new AbortController();
  const pulling = open().pull("clf:v1", { store, signal: stop.signal });
  for await (const { bytes } of pulling) if (bytes > 0) break;
  stop.abort();
  await expect(pulling).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
  expect(kept()).toHaveLength(count);
});

describe("a pull whose process is killed", () => {
  const large = Buffer.alloc(20 * mebibyte, "0123456789abcdef");

  /** Pulls in a process of its own, and kills it when 17 MiB have come. */
  async function killed(endpoint: string): Promise<void> {
    const code = `
      import { Registry } from "@bento/registry";
      const pulling = new Registry({ endpoint: ${JSON.stringify(endpoint)}, token: "tok", home: ${JSON.stringify(home)}, env: {} }).pull("clf:v1");
      for await (const { bytes } of pulling) if (bytes > ${17 * mebibyte}) process.stdout.write("far");`;
    const cwd = fileURLToPath(new URL("..", import.meta.url));
    const child = spawn(process.execPath, ["--input-type=module", "-e", code], { cwd, stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  async function interrupted() {
    const tar = await archiveOf(large);
    const served = await serving(({ start }, count) => ({
      ...honest(tar, start),
      ...(count === 1 && { end: 18 * mebibyte, ending: "stall" }),
    }));
    await killed(served.endpoint);
    expect(kept()).toHaveLength(1);
    return { ...served, archive: join(home, "tmp/transfers", kept()[0] as string, "archive") };
  }

  test("is gone on with by the next one: at most 8 MiB come again", async () => {
    const { asked, open, store } = await interrupted();
    await open().pull("clf:v1", { store });
    expect(asked.map(startOf)).toEqual([0, expect.any(Number)]);
    expect(startOf(asked[1] as Asked)).toBeGreaterThanOrEqual(16 * mebibyte);
    expect((await weightsOf(store)).equals(large)).toBe(true);
    expect(kept()).toEqual([]);
  });

  test("believes no byte that it left: what is another than was noted comes again", async () => {
    const { asked, open, store, archive } = await interrupted();
    const bytes = readFileSync(archive);
    bytes[12 * mebibyte] = 0;
    writeFileSync(archive, bytes);
    await open().pull("clf:v1", { store });
    expect(startOf(asked[1] as Asked)).toBeGreaterThanOrEqual(8 * mebibyte);
    expect(startOf(asked[1] as Asked)).toBeLessThan(12 * mebibyte);
    expect((await weightsOf(store)).equals(large)).toBe(true);
  });
});
