import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DownloadOptions, downloadSnapshot, resolveRevision } from "@bento/registry/hub";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { gitHash } from "../../../test/support/hub-files.js";
import { HubServer } from "../../../test/support/hub-server.js";

let hub: HubServer;
let other: HubServer;
let cache: string;

beforeEach(async () => {
  [hub, other] = await Promise.all([HubServer.start(), HubServer.start()]);
  cache = await mkdtemp(join(tmpdir(), "bento-hub-"));
});
afterEach(async () => {
  await Promise.all([hub[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]);
  await rm(cache, { recursive: true, force: true });
});

const id = "Org/Tiny";
const files = { "config.json": "{}", "model.bin": { content: "weights", lfs: true } };

function options({ env, ...more }: DownloadOptions = {}): DownloadOptions {
  return { cache, env: { HF_ENDPOINT: hub.url, HF_HOME: cache, ...env }, retry: { retries: 1, minMs: 1 }, ...more };
}

const failure = (code: string, message: RegExp, hint: RegExp = /./) =>
  expect.objectContaining({
    code,
    message: expect.stringMatching(message) as string,
    hint: expect.stringMatching(hint) as string,
  }) as Error;
const tokensOf = (server: HubServer, host: "hub" | "cdn") => [
  ...new Set(server.requests.filter((each) => each.host === host).map((each) => each.authorization)),
];

describe("the token", () => {
  test("goes to the hub with every call, and never to the host that it redirects to", async () => {
    hub.tokens.add("hf_secret");
    hub.commit(id, files);
    await downloadSnapshot(id, options({ env: { HF_TOKEN: " hf_secret\r\n" } }));
    expect(tokensOf(hub, "hub")).toEqual(["Bearer hf_secret"]);
    expect(tokensOf(hub, "cdn")).toEqual([undefined]);
  });

  test("is the one of HF_TOKEN, else what logging in saved, else none", async () => {
    for (const token of ["hf_env", "hf_file", "hf_elsewhere", "hf_option"]) hub.tokens.add(token);
    hub.commit(id, files);
    await writeFile(join(cache, "token"), "hf_file\n");
    await writeFile(join(cache, "other-token"), "hf_elsewhere\n");
    const sent = async (more: DownloadOptions) => {
      hub.requests.length = 0;
      await resolveRevision(id, options(more));
      return tokensOf(hub, "hub");
    };
    expect(await sent({ env: { HF_TOKEN: "hf_env" } })).toEqual(["Bearer hf_env"]);
    expect(await sent({})).toEqual(["Bearer hf_file"]);
    expect(await sent({ env: { HF_TOKEN_PATH: "$HF_HOME/other-token" } })).toEqual(["Bearer hf_elsewhere"]);
    expect(await sent({ token: "hf_option" })).toEqual(["Bearer hf_option"]);
    expect(await sent({ token: false })).toEqual([undefined]);
    expect(await sent({ env: { HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" } })).toEqual([undefined]);
    await rm(join(cache, "token"));
    expect(await sent({})).toEqual([undefined]);
  });

  test("of the environment does not go to an endpoint that the environment does not name", async () => {
    other.commit(id, files);
    other.tokens.add("hf_secret");
    await downloadSnapshot(id, options({ endpoint: other.url, env: { HF_TOKEN: "hf_secret" } }));
    expect(tokensOf(other, "hub")).toEqual([undefined]);
    await downloadSnapshot(id, options({ endpoint: `${other.url}/`, token: "hf_secret" }));
    expect(tokensOf(other, "hub")).toEqual([undefined, "Bearer hf_secret"]);
  });

  test("does not follow a redirect of the API, or the next page of a list, to another host", async () => {
    hub.tokens.add("hf_secret");
    other.commit(id, files);
    hub.commit(id, files);
    hub.fail(/revision/, { status: 307, headers: { location: `${other.url}/api/models/${id}/revision/main` } });
    await resolveRevision(id, options({ env: { HF_TOKEN: "hf_secret" } }));
    expect(tokensOf(other, "hub")).toEqual([undefined]);
    other.requests.length = 0;
    hub.fail(/tree/, { headers: { link: `<${other.url}/api/models/${id}/tree/main>; rel="next"` } });
    await expect(downloadSnapshot(id, options({ env: { HF_TOKEN: "hf_secret" } }))).rejects.toThrow(
      failure("BENTO_REGISTRY_FAILED", /leads to http/),
    );
    expect(other.requests).toEqual([]);
  });

  test("is quoted by no error", async () => {
    const error = await downloadSnapshot(id, options({ env: { HF_TOKEN: "hf_\u0001secret" } })).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "BENTO_CONFIG_INVALID" });
    expect(String((error as Error).stack)).not.toContain("secret");
  });
});

describe("who may have a model", () => {
  test("a gated one: what to do with and without a token", async () => {
    hub.commit(id, files);
    hub.model(id).access = "gated";
    const gated = /"Org\/Tiny" \(revision "main"\) is gated/;
    await expect(downloadSnapshot(id, options())).rejects.toThrow(
      failure("BENTO_FORBIDDEN", gated, /Ask for access at .*\/Org\/Tiny, then set HF_TOKEN/),
    );
    hub.tokens.add("hf_other");
    await expect(downloadSnapshot(id, options({ token: "hf_other" }))).rejects.toThrow(
      failure("BENTO_FORBIDDEN", gated, /account of the token/),
    );
    hub.model(id).allowed.add("hf_other");
    expect((await downloadSnapshot(id, options({ token: "hf_other" }))).files).toHaveLength(2);
  });

  test("a private one, none at all, no such revision, a token that is no good", async () => {
    hub.commit(id, files);
    hub.model(id).access = "private";
    hub.tokens.add("hf_other");
    const none = (name: string) => new RegExp(`There is no model "${name}" \\(revision "main"\\) at ${hub.url}, or it is private`);
    await expect(downloadSnapshot(id, options())).rejects.toThrow(failure("BENTO_MODEL_NOT_FOUND", none(id), /set HF_TOKEN/));
    await expect(downloadSnapshot(id, options({ token: "hf_other" }))).rejects.toThrow(
      failure("BENTO_MODEL_NOT_FOUND", none(id), /a token that may/),
    );
    await expect(downloadSnapshot("org/none", options())).rejects.toThrow(failure("BENTO_MODEL_NOT_FOUND", none("org/none")));
    await expect(downloadSnapshot(id, options({ token: "hf_stale" }))).rejects.toThrow(
      failure("BENTO_UNAUTHORIZED", /does not accept the token/, /settings\/tokens/),
    );
    hub.model(id).access = "open";
    await expect(downloadSnapshot(id, options({ revision: "v9" }))).rejects.toThrow(
      failure("BENTO_MODEL_NOT_FOUND", /"Org\/Tiny" .* has no revision "v9"/, /commits\/main/),
    );
  });
});

describe("a hub that lies", () => {
  test.each([
    ["../../../evil", /leads out/],
    ["a/../../evil", /leads out/],
    ["/etc/evil", /no name/],
    ["a//b", /no name/],
    ["./a", /no name/],
    ["..\\evil", /Windows/],
    ["C:evil", /Windows/],
    ["a/C:\\evil", /Windows/],
    ["nul\0", /characters/],
    ["line\nfeed", /characters/],
    ["n".repeat(256), /too long/],
    [Array.from({ length: 65 }, () => "d").join("/"), /too long/],
  ])("the name of a file %j is refused before anything is written", async (name, message) => {
    hub.commit(id, { "config.json": "{}", [name]: "evil" });
    await expect(downloadSnapshot(id, options())).rejects.toThrow(failure("BENTO_ARCHIVE_UNSAFE", message));
    expect(await readdir(cache)).toEqual([]);
  });

  test("a file that is a folder as well, and one that is listed twice", async () => {
    hub.commit(id, { a: "file", "a/b": "below it" });
    await expect(downloadSnapshot(id, options())).rejects.toThrow(failure("BENTO_ARCHIVE_UNSAFE", /"a".* a file and a folder/));
    const entry = { type: "file", path: "twice", size: 1, oid: gitHash(Buffer.from("x")) };
    hub.fail(/tree/, { body: JSON.stringify([entry, entry]) });
    await expect(downloadSnapshot(id, options())).rejects.toThrow(failure("BENTO_ARCHIVE_UNSAFE", /"twice".* listed twice/));
  });

  test.each([
    ["a digest that is a path", [{ type: "file", path: "a", size: 1, oid: "../../../../evil" }]],
    ["a digest of LFS that is a path", [{ type: "file", path: "a", size: 1, oid: "0".repeat(40), lfs: { oid: "../evil", size: 1 } }]],
    ["no size", [{ type: "file", path: "a", oid: "0".repeat(40) }]],
    ["a negative size", [{ type: "file", path: "a", size: -1, oid: "0".repeat(40) }]],
    ["no list", { error: "none" }],
    ["null", null],
  ])("a list with %s is refused", async (_, body) => {
    hub.commit(id, files);
    hub.fail(/tree/, { body: JSON.stringify(body) });
    await expect(downloadSnapshot(id, options())).rejects.toThrow(failure("BENTO_REGISTRY_FAILED", /"Org\/Tiny"/));
    expect(await readdir(cache)).toEqual([]);
  });

  test("what is no JSON, and a commit that is none", async () => {
    hub.commit(id, files);
    hub.fail(/revision/, { body: "<html>" });
    await expect(downloadSnapshot(id, options())).rejects.toThrow(failure("BENTO_REGISTRY_FAILED", /none of a hub/, /proxy/));
    hub.fail(/revision/, { body: JSON.stringify({ sha: "../../evil" }) });
    await expect(downloadSnapshot(id, options())).rejects.toThrow(failure("BENTO_REGISTRY_FAILED", /which commit/));
  });

  test("JSON and lists without end, and redirects in a circle", async () => {
    hub.commit(id, files);
    hub.fail(/tree/, { body: " ".repeat(33 * 1024 * 1024) });
    await expect(downloadSnapshot(id, options())).rejects.toThrow(failure("BENTO_REGISTRY_FAILED", /33,554,432 bytes of JSON/));
    hub.fail(/revision/, { status: 302, headers: { location: "/api/models/Org/Tiny/revision/main" } }, 99);
    await expect(downloadSnapshot(id, options())).rejects.toThrow(failure("BENTO_REGISTRY_FAILED", /redirects without end/));
  });

  test("a list whose next page is always another one", async () => {
    const commit = hub.commit(id, files);
    hub.fail(/tree/, { body: "[]", headers: { link: `<${hub.url}/api/models/${id}/tree/${commit}?again=1>; rel="next"` } }, Infinity);
    await expect(downloadSnapshot(id, options())).rejects.toThrow(failure("BENTO_REGISTRY_FAILED", /does not end/));
  });

  test("more bytes than the file has, and a redirect to what is no http", async () => {
    hub.commit(id, files);
    hub.fail(/resolve-cache.*config/, { body: "x".repeat(100_000) }, 9);
    await expect(downloadSnapshot(id, options())).rejects.toThrow(failure("BENTO_REGISTRY_FAILED", /sends more of "config\.json"/));
    hub.fail(/resolve\/.*config/, { headers: { location: "file:///etc/passwd" } }, 9);
    await expect(downloadSnapshot(id, options())).rejects.toThrow(failure("BENTO_REGISTRY_FAILED", /redirects to "file:"/));
  });
});

test.each(["", "a/b/c", "../x", "a/..", "-a/b", "a--b", "a/b.git", "a b", "a/b%2f", "x".repeat(97), "ünï/code"])(
  "%j is no id of a model",
  async (name) => {
    await expect(downloadSnapshot(name, options())).rejects.toThrow(failure("BENTO_TAG_INVALID", /is no id/, /owner\/name/));
    expect(hub.requests).toEqual([]);
  },
);

test.each(["", "../main", "a/../b", "/main", "a//b", "main/", "a\0b", "a b", "a\\b", ".hidden", "a/.b", "x".repeat(256)])(
  "%j is no revision",
  async (revision) => {
    await expect(downloadSnapshot(id, options({ revision }))).rejects.toThrow(failure("BENTO_TAG_INVALID", /is no revision/, /"main"/));
    expect(hub.requests).toEqual([]);
  },
);

test.each(["ftp://hub", "hub", "http://user:pass@hub", "http://hub?x=1"])("%j is no endpoint", async (endpoint) => {
  await expect(downloadSnapshot(id, options({ endpoint }))).rejects.toThrow(failure("BENTO_CONFIG_INVALID", /is no URL/));
});
