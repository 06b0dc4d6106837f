import type { WebUrl } from "@bento/sdk/kinds";
import { describe, expect, test } from "vitest";

import { createApp } from "../src/index.js";
import { doors, json, open } from "./doors.js";
import { openOrigin, png } from "./origin.js";
import { issuesOf, openAllowed, raw, Urls } from "./urls-zoo.js";

function form(entries: readonly (readonly [string, string | File])[]): RequestInit {
  const data = new FormData();
  for (const [name, value] of entries) data.append(name, value);
  return { method: "POST", body: data };
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
