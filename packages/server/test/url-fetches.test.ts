import { connect } from "node:net";

import { describe, expect, test } from "vitest";

import { SpoolRoom } from "../src/bodies/spool-room.js";
import { Fetching } from "../src/egress/fetching.js";
import { Trust } from "../src/egress/trust.js";
import { createApp, serve } from "../src/index.js";
import { doors, json, LineLogger } from "./doors.js";
import { openOrigin, png } from "./origin.js";
import { bytesOnDisk, nothingOnDisk, spooled } from "./spooled.js";
import { batches, issuesOf, openAllowed, raw, Urls } from "./urls-zoo.js";

describe.each(doors)("by %s", (door) => {
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
