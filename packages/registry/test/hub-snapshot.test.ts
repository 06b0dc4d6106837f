import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, truncate, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DownloadOptions, downloadSnapshot, resolveRevision } from "@bento/registry/hub";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { gitHash } from "../../../test/support/hub-files.js";
import { HubServer } from "../../../test/support/hub-server.js";

let hub: HubServer;
let cache: string;

beforeEach(async () => {
  hub = await HubServer.start();
  cache = await mkdtemp(join(tmpdir(), "bento-hub-"));
});
afterEach(async () => {
  await hub[Symbol.asyncDispose]();
  await rm(cache, { recursive: true, force: true });
});

const id = "Org/Tiny";
const weights = Buffer.alloc(3 * 1024 * 1024, "weights ");
const files = { "config.json": "{}", "deep/er/model.bin": { content: weights, lfs: true }, "vocab.txt": "a b c" };

/** What this test says, with a cache of its own, and none of what the machine says. */
function options({ env, ...more }: DownloadOptions = {}): DownloadOptions {
  return { cache, env: { HF_ENDPOINT: hub.url, HF_HOME: cache, ...env }, retry: { minMs: 1, maxMs: 1 }, ...more };
}

const folder = (...parts: string[]) => join(cache, "models--Org--Tiny", ...parts);
const filesIn = async (path: string) =>
  (await readdir(path, { recursive: true, withFileTypes: true })).filter((each) => !each.isDirectory()).map((each) => each.name);
const calls = () => hub.requests.map(({ host, path }) => `${host} ${path.replace(/\?.*/, "")}`);
const failure = (code: string, message: RegExp, hint: RegExp = /./) =>
  expect.objectContaining({
    code,
    message: expect.stringMatching(message) as string,
    hint: expect.stringMatching(hint) as string,
  }) as Error;

describe("a download", () => {
  test("lays the cache out as huggingface_hub does", async () => {
    const commit = hub.commit(id, files);
    const snapshot = await downloadSnapshot(id, options());
    expect(snapshot).toEqual({
      modelId: id,
      commit,
      path: folder("snapshots", commit),
      files: ["config.json", "deep/er/model.bin", "vocab.txt"],
    });
    expect((await readFile(join(snapshot.path, "deep/er/model.bin"))).equals(weights)).toBe(true);
    expect(await readlink(join(snapshot.path, "config.json"))).toBe(`../../blobs/${gitHash(Buffer.from("{}"))}`);
    expect(await readlink(join(snapshot.path, "deep/er/model.bin"))).toMatch(/^\.\.\/\.\.\/\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/);
    expect(await readFile(folder("refs/main"), "utf8")).toBe(commit);
    expect(await filesIn(folder("blobs"))).toHaveLength(3);
    const tree = JSON.parse(await readFile(folder("trees", `${commit}.json`), "utf8")) as {
      format_version: number;
      files: Record<string, object>;
    };
    expect(tree.format_version).toBe(1);
    expect(tree.files["config.json"]).toEqual({ size: 2, blob_id: gitHash(Buffer.from("{}")) });
    expect(tree.files["deep/er/model.bin"]).toMatchObject({ lfs_size: weights.length, size: weights.length });
  });

  test("goes through the proxy that the environment names", async () => {
    hub.commit(id, files);
    const asked: string[] = [];
    const proxy = createServer((incoming, answer) => {
      const { host, pathname, search } = new URL(incoming.url ?? "");
      asked.push(host);
      const { hostname, port } = new URL(hub.url);
      const passOn = (from: IncomingMessage): void => void from.pipe(answer.writeHead(from.statusCode ?? 0, from.headers));
      request({ hostname, port, path: pathname + search, headers: incoming.headers }, passOn).end();
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    vi.stubEnv("http_proxy", `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    try {
      const snapshot = await downloadSnapshot(id, options({ env: { HF_ENDPOINT: "http://hub.example" } }));
      expect((await readFile(join(snapshot.path, "deep/er/model.bin"))).equals(weights)).toBe(true);
      expect(new Set(asked)).toContain("hub.example");
    } finally {
      vi.unstubAllEnvs();
      proxy.close();
    }
  });

  test("of a commit that is there whole makes no call, and of a branch one", async () => {
    const commit = hub.commit(id, files);
    await downloadSnapshot(id, options());
    hub.requests.length = 0;
    await downloadSnapshot(id, options({ revision: commit }));
    expect(hub.requests).toEqual([]);
    await downloadSnapshot(id, options());
    expect(calls()).toEqual([`hub /api/models/${id}/revision/main`]);
  });

  test("of a newer commit brings only what is another content", async () => {
    const first = hub.commit(id, files);
    await downloadSnapshot(id, options());
    const second = hub.commit(id, { ...files, "vocab.txt": "a b c d" });
    hub.requests.length = 0;
    const snapshot = await downloadSnapshot(id, options());
    expect(snapshot.commit).toBe(second);
    expect(calls().filter((call) => call.includes("/resolve/"))).toEqual([`hub /${id}/resolve/${second}/vocab.txt`]);
    expect(await readFile(folder("snapshots", first, "vocab.txt"), "utf8")).toBe("a b c");
    expect(await readFile(folder("refs/main"), "utf8")).toBe(second);
  });

  test("brings what include and exclude say, and what is missing when they say more", async () => {
    const commit = hub.commit(id, files);
    const some = await downloadSnapshot(id, options({ include: ["*.json", "*.txt"], exclude: "vocab*" }));
    expect(some.files).toEqual(["config.json"]);
    expect(await filesIn(folder("snapshots", commit))).toEqual(["config.json"]);
    const more = await downloadSnapshot(id, options({ revision: commit, include: ["deep/"] }));
    expect(more.files).toEqual(["deep/er/model.bin"]);
    expect((await filesIn(folder("snapshots", commit))).toSorted()).toEqual(["config.json", "model.bin"]);
    await expect(downloadSnapshot(id, options({ include: "*.onnx" }))).rejects.toThrow(
      failure("BENTO_FILE_NOT_FOUND", /Of the 3 files .*"Org\/Tiny".*\*\.onnx/, /tree\/main/),
    );
  });

  test("takes branches with slashes, tags, names with spaces, lists in pages and ids in another case", async () => {
    hub.pageSize = 2;
    const odd = { "a b/#1 %2e.txt": "odd", "ä/ö.bin": { content: "large", lfs: true }, c: "", d: "d", e: "e" };
    const commit = hub.commit(id, odd, "refs/pr/1");
    hub.model(id).refs.set("v1.0", commit);
    const snapshot = await downloadSnapshot("org/tiny", options({ revision: "refs/pr/1" }));
    expect(snapshot.files).toEqual(Object.keys(odd).toSorted());
    expect(snapshot.path).toBe(join(cache, "models--org--tiny", "snapshots", commit));
    expect(await readFile(join(snapshot.path, "a b/#1 %2e.txt"), "utf8")).toBe("odd");
    expect(await readFile(join(cache, "models--org--tiny/refs/refs/pr/1"), "utf8")).toBe(commit);
    expect(await resolveRevision("org/tiny", options({ revision: "v1.0" }))).toBe(commit);
  });

  test("tells how far it is", async () => {
    hub.commit(id, files);
    const seen: number[] = [];
    const transfer = downloadSnapshot(id, options());
    for await (const { bytes, total } of transfer) {
      expect(total).toBe(weights.length + 7);
      seen.push(bytes);
    }
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(weights.length + 7);
  });

  test("puts a link right that leads nowhere, and a file that is too short", async () => {
    const commit = hub.commit(id, files);
    const { path } = await downloadSnapshot(id, options());
    await rm(folder("blobs", gitHash(Buffer.from("{}"))));
    await rm(join(path, "vocab.txt"));
    await writeFile(join(path, "vocab.txt"), "a");
    await downloadSnapshot(id, options({ revision: commit }));
    expect(await readFile(join(path, "config.json"), "utf8")).toBe("{}");
    expect(await readFile(join(path, "vocab.txt"), "utf8")).toBe("a b c");
    expect((await lstat(join(path, "vocab.txt"))).isSymbolicLink()).toBe(true);
  });

  test("copies where links are not wanted", async () => {
    hub.commit(id, files);
    const { path } = await downloadSnapshot(id, options({ env: { HF_HUB_DISABLE_SYMLINKS: "1" } }));
    expect((await lstat(join(path, "config.json"))).isFile()).toBe(true);
  });

  test("once, when many start together", async () => {
    hub.commit(id, files);
    await Promise.all(Array.from({ length: 5 }, () => downloadSnapshot(id, options())));
    expect(calls().filter((call) => call.startsWith("cdn"))).toHaveLength(1);
    expect(calls().filter((call) => call.endsWith("config.json") && call.includes("resolve-cache"))).toHaveLength(1);
  });
});

describe("the network", () => {
  test("a file that is cut off goes on where it ended, of the same content alone", async () => {
    hub.commit(id, files);
    hub.fail(/^\/[0-9a-f]{64}/, { cutAfter: 1024 * 1024 });
    await downloadSnapshot(id, options());
    const [first, second] = hub.requests.filter(({ host }) => host === "cdn");
    expect(first).toMatchObject({ range: undefined });
    expect(second?.range).toMatch(/^bytes=[1-9]\d*-$/);
    expect(second?.ifRange).toMatch(/^"cdn-/);
  });

  test("what an earlier process left is gone on with; what it left wrong is fetched anew", async () => {
    const commit = hub.commit(id, files);
    const { path } = await downloadSnapshot(id, options());
    const blob = join(path, await readlink(join(path, "deep/er/model.bin")).then((link) => link.slice("../../".length)));
    for (const [begun, ranges] of [
      [weights.subarray(0, 2_000_000), ["bytes=2000000-"]],
      [Buffer.alloc(2_000_000, "wrong"), ["bytes=2000000-", undefined]],
      [Buffer.concat([weights, Buffer.from("more")]), [undefined]],
      [weights, []],
    ] as const) {
      await rm(blob);
      await writeFile(`${blob}.incomplete`, begun);
      hub.requests.length = 0;
      await downloadSnapshot(id, options({ revision: commit }));
      expect(hub.requests.filter(({ host }) => host === "cdn").map(({ range }) => range)).toEqual(ranges);
      expect((await readFile(blob)).equals(weights)).toBe(true);
      await expect(stat(`${blob}.incomplete`)).rejects.toThrow("ENOENT");
    }
  });

  test("a host without ranges, or with wrong ones, sends the whole again", async () => {
    hub.commit(id, files);
    hub.hasRanges = false;
    hub.fail(/^\/[0-9a-f]{64}/, { cutAfter: 1024 * 1024 });
    await downloadSnapshot(id, options());
    hub.hasRanges = true;
    await rm(folder(), { recursive: true });
    hub.fail(/^\/[0-9a-f]{64}/, { cutAfter: 1024 * 1024 });
    hub.fail(/^\/[0-9a-f]{64}/, { headers: { "content-range": "bytes 5-10/11" } });
    const { path } = await downloadSnapshot(id, options());
    expect((await readFile(join(path, "deep/er/model.bin"))).equals(weights)).toBe(true);
  });

  test("a changed byte is noticed and fetched again, and never shown", async () => {
    hub.commit(id, files);
    hub.fail(/^\/[0-9a-f]{64}/, { corrupt: true });
    hub.fail(/resolve-cache.*config\.json/, { corrupt: true });
    const { path } = await downloadSnapshot(id, options());
    expect(await readFile(join(path, "config.json"), "utf8")).toBe("{}");
    await rm(folder(), { recursive: true });
    hub.fail(/resolve-cache.*config\.json/, { corrupt: true }, 9);
    await expect(downloadSnapshot(id, options())).rejects.toThrow(
      failure("BENTO_INTEGRITY_FAILED", /"config\.json".*"Org\/Tiny".*"main"/, /prox/),
    );
    expect(await filesIn(folder()).then((names) => names.filter((name) => name === "config.json" || name === "main"))).toEqual([]);
  });

  test("trouble of the hub passes, or is told with what to do", async () => {
    hub.commit(id, files);
    hub.fail(/revision/, { status: 503, headers: { "retry-after": "0" } }, 2);
    hub.fail(/tree/, { status: 429 }, 2);
    hub.fail(/config\.json/, { status: 500 }, 2);
    await downloadSnapshot(id, options());
    hub.fail(/tree/, { status: 429 }, 99);
    await expect(downloadSnapshot(id, options({ cache: `${cache}/other`, retry: { retries: 1, minMs: 1 } }))).rejects.toThrow(
      failure("BENTO_REGISTRY_FAILED", /too many requests.*"Org\/Tiny" \(revision "main"\)/, /HF_TOKEN/),
    );
  });

  test("a branch that the hub cannot be asked for is what it was; without one, that is told", async () => {
    const commit = hub.commit(id, files);
    await downloadSnapshot(id, options());
    const gone = { endpoint: "http://127.0.0.1:9", retry: { retries: 1, minMs: 1 } };
    expect((await downloadSnapshot(id, options(gone))).commit).toBe(commit);
    expect(await resolveRevision(id, options(gone))).toBe(commit);
    await expect(downloadSnapshot("org/none", options(gone))).rejects.toThrow(
      failure(
        "BENTO_REGISTRY_FAILED",
        /127\.0\.0\.1:9 cannot be reached for the model "org\/none" \(revision "main"\)/,
        /HF_ENDPOINT.*HF_HUB_OFFLINE/,
      ),
    );
  });

  test("a cancelled download ends at once, and a later one goes on", async () => {
    hub.commit(id, files);
    const stop = new AbortController();
    hub.fail(/^\/[0-9a-f]{64}/, { onStall: () => stop.abort(new Error("enough")) });
    await expect(downloadSnapshot(id, options({ signal: stop.signal }))).rejects.toThrow(
      expect.objectContaining({ code: "BENTO_CANCELLED" }),
    );
    await expect(downloadSnapshot(id, options({ signal: stop.signal }))).rejects.toThrow(
      expect.objectContaining({ code: "BENTO_CANCELLED" }),
    );
    await expect(stat(folder("snapshots"))).rejects.toThrow("ENOENT");
    expect((await downloadSnapshot(id, options())).files).toHaveLength(3);
  });
});

describe("offline", () => {
  test("what is there whole is had without a call, and what is not is told", async () => {
    const commit = hub.commit(id, files);
    await downloadSnapshot(id, options({ exclude: "vocab.txt" }));
    hub.requests.length = 0;
    const offline = { env: { HF_HUB_OFFLINE: "1" } };
    expect((await downloadSnapshot(id, options({ ...offline, exclude: "vocab.txt" }))).commit).toBe(commit);
    await expect(downloadSnapshot(id, options({ ...offline }))).rejects.toThrow(
      failure("BENTO_MODEL_NOT_FOUND", /"Org\/Tiny" \(revision "main"\) is not in the cache .*HF_HUB_OFFLINE/, /Unset HF_HUB_OFFLINE/),
    );
    await expect(resolveRevision(id, options({ offline: true, revision: "v2" }))).rejects.toThrow(failure("BENTO_MODEL_NOT_FOUND", /"v2"/));
    expect(hub.requests).toEqual([]);
  });

  test("a snapshot without a list, as older huggingface_hub leaves it, is taken as it is", async () => {
    const commit = hub.commit(id, files);
    await downloadSnapshot(id, options());
    await rm(folder("trees"), { recursive: true });
    hub.requests.length = 0;
    expect((await downloadSnapshot(id, options({ offline: true }))).files).toHaveLength(3);
    expect(hub.requests).toEqual([]);
    // Who can ask looks whether it is whole.
    await rm(folder("snapshots", commit, "vocab.txt"));
    expect((await downloadSnapshot(id, options({ revision: commit }))).files).toHaveLength(3);
    expect(await readFile(folder("snapshots", commit, "vocab.txt"), "utf8")).toBe("a b c");
  });

  test("a list of another form is asked for again", async () => {
    const commit = hub.commit(id, files);
    await downloadSnapshot(id, options());
    await truncate(folder("trees", `${commit}.json`), 20);
    hub.requests.length = 0;
    await downloadSnapshot(id, options({ revision: commit }));
    expect(calls()).toEqual([`hub /api/models/${id}/tree/${commit}`]);
  });
});

test("what stands in the way on the disk is told", async () => {
  hub.commit(id, files);
  await mkdir(folder(), { recursive: true });
  await writeFile(folder("blobs"), "a file");
  await expect(downloadSnapshot(id, options())).rejects.toThrow(failure("BENTO_STORE_FAILED", /blobs/, /HF_HUB_CACHE/));
});
