import { connect } from "node:net";

import type { BentoFile } from "@bento/core";
import { api, defineService } from "@bento/sdk";
import { audio, file, image, pdf, video, type WebUrl } from "@bento/sdk/kinds";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { SpoolRoom } from "../src/bodies/spool-room.js";
import { Fetching } from "../src/egress/fetching.js";
import { Trust } from "../src/egress/trust.js";
import { createApp, serve } from "../src/index.js";
import { type Door, doors, json, LineLogger, open } from "./doors.js";
import { openOrigin, type Origin, png } from "./origin.js";
import { bytesOnDisk, nothingOnDisk, spooled } from "./spooled.js";

const url = true;

async function described(one: BentoFile): Promise<object> {
  const content = await one.bytes();
  return { name: one.name ?? null, type: one.type, size: content.byteLength, onDisk: one.path !== undefined };
}

const Everything = z.object({
  one: file(undefined, { url }).optional(),
  many: z.array(file(undefined, { url })).default([]),
  nested: z.object({ deep: z.record(z.string(), file(undefined, { url })) }).optional(),
  either: z.union([z.number(), file(undefined, { url })]).optional(),
  chosen: z
    .discriminatedUnion("kind", [
      z.object({ kind: z.literal("link"), value: z.string() }),
      z.object({ kind: z.literal("file"), value: file(undefined, { url }) }),
    ])
    .optional(),
  text: z.string().optional(),
  never: file().optional(),
  small: file(undefined, { url, maxBytes: 10 }).optional(),
  picture: image({ url }).optional(),
  paper: pdf({ url }).optional(),
  sound: audio({ url }).optional(),
  film: video({ url }).optional(),
});

const batches: number[] = [];

const Urls = defineService({
  name: "urls",
  apis: {
    take: api({ input: Everything, output: z.unknown() }, async (input) => {
      const { one, many, nested, either, chosen, text, picture } = input;
      return {
        one: one && (await described(one)),
        many: await Promise.all(many.map(described)),
        nested: nested && (await Promise.all(Object.entries(nested.deep).map(async ([key, each]) => [key, await described(each)]))),
        either: typeof either === "object" ? await described(either) : either,
        chosen: chosen?.kind === "file" ? await described(chosen.value) : chosen,
        text,
        picture: picture && [picture.format, picture.width, picture.height],
      };
    }),
    whole: api({ input: file(undefined, { url }), output: z.unknown() }, described),
    plain: api({ input: file(), output: z.unknown() }, described),
    look: api({ input: image({ url }), output: z.unknown() }, (picture) => [picture.width, picture.height]),
    sizes: api(
      { input: z.object({ files: z.array(file(undefined, { url })) }), output: z.array(z.number()), batchable: true, maxBatchSize: 8 },
      ({ files }) => {
        batches.push(files.length);
        return files.map(({ size = 0 }) => size);
      },
    ),
  },
});

/** A service that may fetch from an origin, and nowhere else inside. */
function openAllowed(door: (typeof doors)[number], origin: Origin, options: Parameters<typeof open>[2] = {}): Promise<Door> {
  const urlInputs = { allow: [`127.0.0.1:${origin.port}`] };
  return open(door, Urls, { ...options, urlInputs: { ...urlInputs, ...(options.urlInputs as object | undefined) } });
}

function form(entries: readonly (readonly [string, string | File])[]): RequestInit {
  const data = new FormData();
  for (const [name, value] of entries) data.append(name, value);
  return { method: "POST", body: data };
}

function raw(body: string, type: string): RequestInit {
  return { method: "POST", headers: { "content-type": type }, body };
}

/** What is wrong with a request: where, and what it is called. */
async function issuesOf(answer: Promise<Response>): Promise<unknown> {
  const response = await answer;
  const body = (await response.json()) as { detail?: readonly { readonly loc: unknown; readonly type: unknown }[] };
  return [response.status, ...(body.detail ?? []).map(({ loc, type }) => [loc, type])];
}

describe.each(doors)("by %s", (door) => {
  test("no URL is fetched unless somebody allows it, and the answer says how", async () => {
    const origin = await openOrigin();
    const at = `${origin.url}/cat.png`;
    for (const urlInputs of [undefined, false]) {
      await using urls = await open(door, Urls, { urlInputs });
      const refused = [
        [["one"], urls.fetch("/take", json({ one: at }))],
        [["nested", "deep", "a"], urls.fetch("/take", json({ nested: { deep: { a: at } } }))],
        [
          ["many", 1],
          urls.fetch(
            "/take",
            form([
              ["many", new File(["x"], "x")],
              ["many", at],
            ]),
          ),
        ],
        [["picture"], urls.fetch("/take", raw(`picture=${encodeURIComponent(at)}`, "application/x-www-form-urlencoded"))],
        [[], urls.fetch("/whole", raw(at, "application/json"))],
        [[], urls.fetch("/look", raw(at, "text/plain"))],
      ] as const;
      for (const [path, answer] of refused) {
        const response = await answer;
        const body = (await response.json()) as { error: string; detail: unknown };
        expect([response.status, body.detail]).toEqual([400, [expect.objectContaining({ loc: path, type: "url_not_allowed" })]]);
        expect(body.error).toContain("its option urlInputs allows it");
      }
    }
    expect(origin.asked).toEqual([]);
    expect(origin.open.size).toBe(0);
  });

  test("a URL is fetched wherever a file may be one, in JSON and in forms", async () => {
    const origin = await openOrigin();
    await using urls = await openAllowed(door, origin);
    const at = `${origin.url}/cat.png?size=1`;
    const cat = { name: "cat.png", type: "image/png", size: png.byteLength, onDisk: false };
    const value = {
      one: at,
      many: [at, "data:text/plain,abc", at],
      nested: { deep: { a: at } },
      either: at,
      chosen: { kind: "file", value: at },
      text: at,
      picture: at,
    };
    const answer = await urls.fetch("/take", json(value));
    expect(await answer.json()).toEqual({
      one: cat,
      many: [cat, { name: null, type: "text/plain", size: 3, onDisk: false }, cat],
      nested: [["a", cat]],
      either: cat,
      chosen: cat,
      text: at,
      picture: ["png", 3, 2],
    });
    expect(await (await urls.fetch("/take", json({ chosen: { kind: "link", value: at }, either: 7 }))).json()).toMatchObject({
      chosen: { kind: "link", value: at },
      either: 7,
    });
    const mixed = form([
      ["one", `"${at}"`],
      ["many", at],
      ["many", new File(["abc"], "abc.txt", { type: "text/plain" })],
      ["nested", JSON.stringify(value.nested)],
      ["text", at],
    ]);
    expect(await (await urls.fetch("/take", mixed)).json()).toEqual({
      one: cat,
      many: [cat, { name: "abc.txt", type: "text/plain", size: 3, onDisk: false }],
      nested: [["a", cat]],
      text: at,
    });
    const fields = raw(`one=${encodeURIComponent(at)}&many=${encodeURIComponent(at)}`, "application/x-www-form-urlencoded");
    expect(await (await urls.fetch("/take", fields)).json()).toEqual({ one: cat, many: [cat] });
    // As PHP writes slashes, and as anybody may write letters.
    for (const body of [`{"one":"${at.replaceAll("/", "\\/")}"}`, `{"one":"\\u0068${at.slice(1)}"}`]) {
      expect(await (await urls.fetch("/take", raw(body, "application/json"))).json()).toMatchObject({ one: cat });
    }
  });

  test("a file as the whole input may be a URL: as text, whatever the type says", async () => {
    const origin = await openOrigin();
    await using urls = await openAllowed(door, origin);
    const at = `${origin.url}/cat.png`;
    for (const type of ["application/json", "text/plain", "application/octet-stream", "image/png"]) {
      expect(await (await urls.fetch("/whole", raw(at, type))).json()).toMatchObject({ name: "cat.png", size: png.byteLength });
    }
    expect(await (await urls.fetch("/look", raw(`"${at}"\n`, "application/json"))).json()).toEqual([3, 2]);
    expect(origin.asked).toHaveLength(5);
    const named = {
      ...raw(at, "text/plain"),
      headers: { "content-type": "text/plain", "content-disposition": 'inline; filename="urls.txt"' },
    };
    const contents = [
      [urls.fetch("/whole", raw(`see ${at}`, "text/plain")), at.length + 4],
      [urls.fetch("/whole", raw(`${at}\n${at}`, "text/plain")), 2 * at.length + 1],
      [urls.fetch("/whole", named), at.length],
      [urls.fetch("/plain", raw(at, "text/plain")), at.length],
    ] as const;
    for (const [answer, size] of contents) expect(await (await answer).json()).toMatchObject({ size });
    expect(origin.asked).toHaveLength(5);
  });

  test("what came is held against its kind, and a kind that takes no URLs gets none", async () => {
    const origin = await openOrigin();
    await using urls = await openAllowed(door, origin);
    const refused = async (field: string, path: string): Promise<unknown> =>
      issuesOf(urls.fetch("/take", json({ [field]: origin.url + path })));
    expect(await refused("paper", "/cat.png")).toEqual([400, [["paper"], "invalid_content_type"]]);
    expect(await refused("paper", "/bytes")).toEqual([400, [["paper"], "invalid_content_type"]]);
    expect(await refused("sound", "/page.html")).toEqual([400, [["sound"], "invalid_content_type"]]);
    expect(await refused("film", "/bare")).toEqual([400, [["film"], "invalid_content_type"]]);
    expect(await refused("picture", "/page.html")).toEqual([400, [["picture"], "invalid_image"]]);
    expect(await refused("small", "/page.html")).toEqual([200]);
    expect(await refused("small", "/cat.png")).toEqual([400, [["small"], "too_big"]]);
    expect(await refused("never", "/cat.png")).toEqual([400, [["never"], "url_not_allowed"]]);
    const asked = origin.hanging();
    const endless = refused("small", "/hang");
    (await asked).write("more than ten bytes");
    expect(await endless).toEqual([400, [["small"], "too_big"]]);
    for (const path of ["/bare", "/bytes"]) {
      expect(await (await urls.fetch("/take", json({ picture: origin.url + path }))).json()).toMatchObject({ picture: ["png", 3, 2] });
    }
  });

  test("redirects are followed where they may lead, and nowhere inside", async () => {
    const [origin, other] = await Promise.all([openOrigin(), openOrigin()]);
    await using urls = await openAllowed(door, origin);
    const refused = async (at: string): Promise<unknown> => issuesOf(urls.fetch("/take", json({ many: ["data:,x", at] })));
    expect(await (await urls.fetch("/take", json({ one: `${origin.url}/moved` }))).json()).toMatchObject({ one: { size: png.byteLength } });
    for (const path of ["/inside", "/metadata", `/to?${other.url}/cat.png`]) {
      expect(await refused(origin.url + path), path).toEqual([400, [["many", 1], "url_refused"]]);
    }
    for (const path of ["/loop", "/missing"]) expect(await refused(origin.url + path), path).toEqual([400, [["many", 1], "url_failed"]]);
    const asked = origin.asked.length;
    for (const host of ["localhost", "127.0.0.1", "2130706433", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254"]) {
      expect(await refused(`http://${host}:${other.port}/cat.png`), host).toEqual([400, [["many", 1], "url_refused"]]);
    }
    expect(await refused(`http://ann:secret@127.0.0.1:${origin.port}/cat.png`)).toEqual([400, [["many", 1], "url_invalid"]]);
    expect(origin.asked).toHaveLength(asked);
    expect(other.asked).toEqual([]);
  });

  test("large files lie on disk while the call lasts", async () => {
    const origin = await openOrigin();
    await using urls = await openAllowed(door, origin);
    const at = `${origin.url}/big.bin`;
    const answer = await urls.fetch("/take", json({ many: [at, at, at, at, at] }));
    const big = { name: "big.bin", type: "application/octet-stream", size: 3 << 20, onDisk: true };
    expect(await answer.json()).toMatchObject({ many: [big, big, big, big, big] });
    await nothingOnDisk();
  });

  test("what is too large, breaks off or is one too many leaves nothing behind", async () => {
    const origin = await openOrigin();
    await using urls = await openAllowed(door, origin, { urlInputs: { maxBytes: 10 << 20 } });
    const at = `${origin.url}/big.bin`;
    const refused = (...many: readonly string[]): Promise<unknown> => issuesOf(urls.fetch("/take", json({ many })));
    expect(await refused(`${origin.url}/huge.bin`)).toEqual([400, [["many", 0], "too_big"]]);
    expect(await refused(at, at, at, at)).toEqual([400, [["many", expect.any(Number)], "too_big"]]);
    expect(await refused(at, at, `${origin.url}/cut.bin`)).toEqual([400, [["many", 2], "url_failed"]]);
    expect(await refused(...Array.from({ length: 33 }, () => at))).toEqual([400, [["many", 32], "too_many"]]);
    await nothingOnDisk();
    await expect.poll(() => origin.open.size).toBe(0);
  });

  test("one that is slow ends with its own time, or with that of its call", async () => {
    const origin = await openOrigin();
    const hanging = `${origin.url}/hang`;
    {
      await using urls = await openAllowed(door, origin, { urlInputs: { timeoutMs: 50 } });
      expect(await issuesOf(urls.fetch("/take", json({ one: hanging })))).toEqual([400, [["one"], "url_too_slow"]]);
    }
    await using urls = await openAllowed(door, origin);
    const late = await urls.fetch("/take", json({ many: [`${origin.url}/big.bin`, hanging] }, { "x-request-timeout": "0.3" }));
    expect([late.status, await late.json()]).toEqual([
      504,
      {
        error: "Not able to process the request in 0.3 seconds.",
        code: "BENTO_TIMEOUT",
        hint: expect.stringContaining("by URL") as string,
      },
    ]);
    await nothingOnDisk();
    await expect.poll(() => origin.open.size).toBe(0);
  });

  test("a batch does not wait for the URL of one of its callers", async () => {
    const origin = await openOrigin();
    await using urls = await openAllowed(door, origin);
    const asked = origin.hanging();
    const slow = urls.fetch("/sizes", json({ files: [`${origin.url}/hang`] }));
    const answer = await asked;
    batches.length = 0;
    const size = png.byteLength;
    const quick = await Promise.all(
      [1, 2, 3].map(async (count) => {
        const files = Array.from({ length: count }, () => `${origin.url}/cat.png`);
        return (await urls.fetch("/sizes", json({ files }))).json();
      }),
    );
    expect(quick).toEqual([[size], [size, size], [size, size, size]]);
    expect(batches.reduce((sum, items) => sum + items)).toBe(6);
    answer.end("ab");
    expect(await (await slow).json()).toEqual([2]);
  });

  test("files of other calls leave no room on disk, until these are done", async () => {
    const origin = await openOrigin();
    await using urls = await openAllowed(door, origin, { maxSpoolBytes: 4 << 20 });
    const held = `${origin.url}/hang`;
    const asked = origin.hanging();
    const first = urls.fetch("/whole", raw(held, "text/plain"));
    const answer = await asked;
    answer.write(Buffer.alloc(3 << 20));
    await expect.poll(() => bytesOnDisk()).toBe(3 << 20);
    const big = json({ one: `${origin.url}/big.bin` });
    await expect
      .poll(async () => {
        const refused = await urls.fetch("/take", big);
        return [refused.status, refused.headers.get("retry-after"), ((await refused.json()) as { code?: string }).code];
      })
      .toEqual([503, "1", "BENTO_OVERLOADED"]);
    answer.end();
    expect((await first).status).toBe(200);
    await expect.poll(async () => (await urls.fetch("/take", big)).status).toBe(200);
    const never = json({ many: [`${origin.url}/big.bin`, `${origin.url}/big.bin`] });
    await expect.poll(async () => (await urls.fetch("/take", never)).status).toBe(413);
    await nothingOnDisk();
  });
});

test("clients give URLs as texts and as URLs, alone and beside files", async () => {
  const origin = await openOrigin();
  await using app = await createApp(Urls, { urlInputs: { allow: ["127.0.0.1"] } });
  const client = app.client();
  const at = `${origin.url}/cat.png` as const;
  const cat = { name: "cat.png", size: png.byteLength };
  expect(await client.take({ one: at as WebUrl, picture: new URL(at) })).toMatchObject({ one: cat, picture: ["png", 3, 2] });
  expect(await client.take({ one: new Blob(["abc"]), many: [new URL(at), at as WebUrl] })).toMatchObject({
    one: { size: 3 },
    many: [cat, cat],
  });
  expect(await client.look(at as WebUrl)).toEqual([3, 2]);
  expect(await client.look(new URL(at))).toEqual([3, 2]);
});

test("who leaves takes the fetch along, and what it had on disk", async () => {
  const origin = await openOrigin();
  const logger = new LineLogger();
  const urlInputs = { allow: [`127.0.0.1:${origin.port}`] };
  await using server = await serve(Urls, { port: 0, logger, banner: false, accessLog: false, handleSignals: false, urlInputs });
  const asked = origin.hanging();
  const body = JSON.stringify({ many: [`${origin.url}/big.bin`, `${origin.url}/hang`] });
  const socket = connect(server.port, "127.0.0.1");
  socket.write(`POST /take HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  const answer = await asked;
  answer.write(Buffer.alloc(2 << 20));
  await expect.poll(() => spooled().length).toBe(1);
  socket.destroy();
  await nothingOnDisk();
  await expect.poll(() => origin.open.size).toBe(0);
});

test("an app that closes ends what it fetches", async () => {
  const origin = await openOrigin();
  const app = await createApp(Urls, { urlInputs: { allow: ["127.0.0.1"] }, drainTimeoutMs: 10 });
  const asked = origin.hanging();
  const controller = new AbortController();
  const answer = Promise.resolve(app.request("/take", { ...json({ one: `${origin.url}/hang` }), signal: controller.signal }));
  await asked;
  controller.abort();
  await app.close();
  await answer.catch(() => undefined);
  await expect.poll(() => origin.open.size).toBe(0);
  await nothingOnDisk();
});

test("only so many calls fetch at once", async () => {
  const origin = await openOrigin();
  await using urls = await openAllowed("request", origin);
  const controller = new AbortController();
  const init = { ...json({ one: `${origin.url}/hang` }), signal: controller.signal };
  const waiting = Array.from({ length: 128 }, () => urls.fetch("/take", init).catch(() => undefined));
  await expect.poll(() => origin.asked.length, { timeout: 20_000 }).toBe(128);
  const refused = await urls.fetch("/take", json({ one: `${origin.url}/cat.png` }));
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
  controller.abort();
  await Promise.all(waiting);
  await expect.poll(async () => (await urls.fetch("/take", json({ one: `${origin.url}/cat.png` }))).status).toBe(200);
});

test("an answer of DNS that changes after the check leads nowhere inside", async () => {
  const origin = await openOrigin();
  const fetching = (answers: string[]): Promise<unknown> => {
    const trust = new Trust(["192.0.2.1", `127.0.0.1:${origin.port}`]);
    const resolve = async (): Promise<readonly string[]> => [answers.shift() ?? "169.254.169.254"];
    const rules = { trust, resolve, maxBytes: 1 << 20, timeoutMs: 10_000 };
    const at = { path: ["one"], url: `http://rebind.example:${origin.port}/moved`, maxBytes: Infinity };
    return new Fetching(rules, new SpoolRoom(0)).fetch([at]);
  };
  await expect(fetching(["127.0.0.1"])).rejects.toMatchObject({ issues: [{ path: ["one"], code: "url_refused" }] });
  await expect(fetching(["127.0.0.1", "127.0.0.1"])).resolves.toHaveLength(1);
  expect(origin.asked).toEqual(["/moved", "/moved", "/cat.png"]);
});

test("what goes wrong with one URL ends the others", async () => {
  const origin = await openOrigin();
  const fetching = new Fetching({ trust: new Trust(["127.0.0.1"]), maxBytes: 1 << 30, timeoutMs: 60_000 }, new SpoolRoom(1 << 30));
  const asked = [origin.hanging(), origin.hanging()];
  const at = { path: ["one"], url: `${origin.url}/hang`, maxBytes: Infinity };
  const both = fetching.fetch([at, at]);
  const [, answer] = await Promise.all(asked);
  answer?.destroy();
  await expect(both).rejects.toMatchObject({ issues: [{ path: ["one"], code: "url_failed" }] });
  await expect.poll(() => origin.open.size).toBe(0);
});

test("nothing is fetched once its call is over", async () => {
  const origin = await openOrigin();
  const fetching = new Fetching({ trust: new Trust(["127.0.0.1"]), maxBytes: 1 << 30, timeoutMs: 10_000 }, new SpoolRoom(1 << 30));
  fetching.abandon();
  await fetching.remove();
  const at = { path: [], url: `${origin.url}/big.bin`, maxBytes: Infinity };
  await expect(fetching.fetch([at])).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
  expect(origin.asked).toEqual([]);
  expect(spooled()).toEqual([]);
});
