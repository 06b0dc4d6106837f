import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BentoError } from "@bento/core";
import { FileModelStore, MemoryModelStore } from "@bento/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pullOci, pushOci } from "../../src/oci/index.js";

/** What is asked for: `GET blobs/sha256:...`. Answers whether it did. */
type Handler = (what: string, request: IncomingMessage, response: ServerResponse) => boolean;

interface FakeRegistry extends AsyncDisposable {
  readonly host: string;
  readonly blobs: Map<string, Buffer>;
  /** By tag. */
  readonly manifests: Map<string, string>;
  readonly seen: { readonly what: string; readonly authorization: string | undefined }[];
  handler: Handler;
}

const digestOf = (bytes: Buffer | string): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

async function fakeRegistry(): Promise<FakeRegistry> {
  const server = createServer((request, response) => {
    const what = `${request.method} ${(request.url ?? "").replace(/^\/v2\/[^/]+\//, "")}`;
    fake.seen.push({ what, authorization: request.headers.authorization });
    if (fake.handler(what, request, response)) return;
    const [, kind = "", name = ""] = /^GET (blobs|manifests)\/(.*)$/.exec(what) ?? [];
    const found = kind === "blobs" ? fake.blobs.get(name) : fake.manifests.get(name);
    if (found === undefined) return void response.writeHead(404).end();
    response.end(found);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const fake: FakeRegistry = {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    blobs: new Map(),
    manifests: new Map(),
    seen: [],
    handler: () => false,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}

const yaml = [
  "name: clf\nversion: v1\nmodule: ''\nlabels: {}\noptions: {}\nmetadata: {}",
  "context:\n  framework_name: ''\n  framework_versions: {}\n  bentoml_version: 1.4.39\n  python_version: 3.11.7",
  "signatures: {}\napi_version: v1\ncreation_time: '2026-01-02T03:04:05.678901+00:00'\n",
].join("\n");

interface Layer {
  mediaType: string;
  digest: string;
  size: number;
  annotations: Record<string, string>;
}

let registry: FakeRegistry;
let folder: string;
const credentials = { username: "ann", password: "secret-word" };

beforeEach(async () => {
  registry = await fakeRegistry();
  folder = mkdtempSync(join(tmpdir(), "bento-oci-hostile-"));
  serve({ "model.yaml": yaml, weights: "w".repeat(100_000) });
});
afterEach(async () => {
  await registry[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** Has an artifact of these files, which may be lied about. */
function serve(files: Record<string, string>, lie: (layers: Layer[]) => void = () => {}): void {
  const layers = Object.entries(files).map(([path, content]): Layer => {
    registry.blobs.set(digestOf(content), Buffer.from(content));
    const annotations = { "org.cncf.model.filepath": path };
    return {
      mediaType: "application/vnd.cncf.model.weight.v1.raw",
      digest: digestOf(content),
      size: Buffer.byteLength(content),
      annotations,
    };
  });
  lie(layers);
  const config = { mediaType: "application/vnd.cncf.model.config.v1+json", digest: digestOf("{}"), size: 2 };
  registry.manifests.set("v1", JSON.stringify({ schemaVersion: 2, config, layers }));
}

const retry = { retries: 2, minMs: 1, maxMs: 2 };
const pulled = (version = ":v1", store = new FileModelStore(join(folder, "home"))) =>
  pullOci(`oci://${registry.host}/clf${version}`, { store, home: join(folder, "home"), env: {}, credentials, retry });

async function failure(work: PromiseLike<unknown>): Promise<BentoError> {
  try {
    await work;
  } catch (error) {
    if (BentoError.is(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

test("an artifact of another tool that holds a model.yaml comes in", async () => {
  expect(String((await pulled()).model.tag)).toBe("clf:v1");
});

test("a file that breaks off is gone on with where it broke off, with ranges and without", async () => {
  for (const knowsRanges of [true, false]) {
    let broken = 0;
    registry.handler = (what, { headers }, response) => {
      const content = Buffer.from("w".repeat(100_000));
      if (what !== `GET blobs/${digestOf(content)}`) return false;
      if ((broken += 1) === 1) {
        response.writeHead(200, { "content-length": content.length });
        response.write(content.subarray(0, 50_000), () => response.destroy());
        return true;
      }
      const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1]);
      expect(start).toBeGreaterThan(0);
      response.writeHead(knowsRanges ? 206 : 200).end(content.subarray(knowsRanges ? start : 0));
      return true;
    };
    const { model } = await pulled(":v1", new MemoryModelStore() as never);
    expect([(await model.read("weights")).length, broken]).toEqual([100_000, 2]);
  }
});

describe("a registry that lies", () => {
  const integrity = "BENTO_INTEGRITY_FAILED";
  const lies: Record<string, readonly [code: string, lie: () => void, version?: string]> = {
    "other bytes of the same length": [integrity, () => registry.blobs.set(digestOf("w".repeat(100_000)), Buffer.alloc(100_000, "e"))],
    "fewer bytes": ["BENTO_REGISTRY_FAILED", () => registry.blobs.set(digestOf("w".repeat(100_000)), Buffer.alloc(10, "w"))],
    "more bytes": [integrity, () => registry.blobs.set(digestOf("w".repeat(100_000)), Buffer.alloc(100_001, "w"))],
    "bytes without end": [
      integrity,
      () => {
        registry.handler = (what, _request, response) => {
          if (!what.startsWith(`GET blobs/${digestOf("w".repeat(100_000))}`)) return false;
          const more = (): void => void (response.destroyed || response.write(Buffer.alloc(65_536, "w"), more));
          more();
          return true;
        };
      },
    ],
    "a manifest without end": [
      "BENTO_REGISTRY_FAILED",
      () => {
        registry.handler = (what, _request, response) => {
          if (!what.startsWith("GET manifests/")) return false;
          const more = (): void => void (response.destroyed || response.write(Buffer.alloc(65_536, " "), more));
          more();
          return true;
        };
      },
    ],
    "a manifest that is not what its digest says": [
      integrity,
      () => registry.manifests.set(`sha256:${"0".repeat(64)}`, registry.manifests.get("v1") as string),
      `@sha256:${"0".repeat(64)}`,
    ],
    "a path that leads out": [
      "BENTO_ARCHIVE_UNSAFE",
      () =>
        serve(
          { "model.yaml": yaml, evil: "x" },
          ([, layer]) => void ((layer as Layer).annotations["org.cncf.model.filepath"] = "../../evil"),
        ),
    ],
    "the same path twice": [
      "BENTO_ARCHIVE_UNSAFE",
      () =>
        serve(
          { "model.yaml": yaml, evil: "x" },
          ([, layer]) => void ((layer as Layer).annotations["org.cncf.model.filepath"] = "model.yaml"),
        ),
    ],
    "a size that cannot be": [
      "BENTO_ARCHIVE_UNSAFE",
      () => serve({ "model.yaml": yaml, w: "x" }, ([, layer]) => void ((layer as Layer).size = 2 ** 50)),
    ],
    "a digest that is a path": [
      "BENTO_MODEL_INVALID",
      () => serve({ "model.yaml": yaml, w: "x" }, ([, layer]) => void ((layer as Layer).digest = "sha256:../../x")),
    ],
    "a layer that is an archive": [
      "BENTO_MODEL_INVALID",
      () =>
        serve(
          { "model.yaml": yaml, w: "x" },
          ([, layer]) => void ((layer as Layer).mediaType = "application/vnd.cncf.model.weight.v1.tar"),
        ),
    ],
    "no model": ["BENTO_MODEL_INVALID", () => serve({ w: "x" })],
    "an image": ["BENTO_MODEL_INVALID", () => registry.manifests.set("v1", '{"schemaVersion":2,"config":{},"layers":[]}')],
    "redirects in a circle": [
      "BENTO_REGISTRY_FAILED",
      () => {
        registry.handler = (_what, { url }, response) => {
          response.writeHead(307, { location: url }).end();
          return true;
        };
      },
    ],
  };
  test.each(Object.entries(lies))("%s: refused, and nothing of it is stored", async (_, [code, lie, version]) => {
    lie();
    expect(await failure(pulled(version))).toMatchObject({ code });
    expect(await new FileModelStore(join(folder, "home")).listTags()).toEqual([]);
    expect(existsSync(join(folder, "evil"))).toBe(false);
  });
});

describe("credentials", () => {
  test("do not follow a redirect", async () => {
    await using elsewhere = await fakeRegistry();
    registry.handler = (what, { headers }, response) => {
      if (headers.authorization === undefined) {
        response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
        return true;
      }
      if (!what.startsWith("GET blobs/")) return false;
      response.writeHead(307, { location: `http://${elsewhere.host}/v2/x/${what.slice(4)}` }).end();
      return true;
    };
    for (const [digest, bytes] of registry.blobs) elsewhere.blobs.set(digest, bytes);
    expect((await pulled()).outcome).toBe("pulled");
    expect(elsewhere.seen.length).toBeGreaterThan(0);
    expect(elsewhere.seen.map(({ authorization }) => authorization)).toEqual(elsewhere.seen.map(() => undefined));
  });

  test("are not sent to a place for tokens that is another's", async () => {
    await using elsewhere = await fakeRegistry();
    const realm = `http://localhost:${elsewhere.host.split(":")[1]}/token`;
    registry.handler = (_what, _request, response) => {
      response.writeHead(401, { "www-authenticate": `Bearer realm="${realm}",service="x"` }).end();
      return true;
    };
    expect(await failure(pulled())).toMatchObject({
      code: "BENTO_REGISTRY_FAILED",
      message: expect.stringContaining("sends those who ask for tokens"),
    });
    expect(elsewhere.seen).toEqual([]);
    expect(registry.seen.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  test("and the model are not sent to an upload's place that is another's", async () => {
    await using elsewhere = await fakeRegistry();
    registry.handler = (what, { headers }, response) => {
      if (headers.authorization === undefined) response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
      else if (what.startsWith("POST")) response.writeHead(202, { location: `http://${elsewhere.host}/upload` }).end();
      else response.writeHead(404).end();
      return true;
    };
    const store = new FileModelStore(join(folder, "source"));
    await store.create("mine:v1", (draft) => draft.write("w", "w"));
    const pushing = pushOci("mine:v1", `oci://${registry.host}/mine`, { store, home: join(folder, "home"), env: {}, credentials, retry });
    expect(await failure(pushing)).toMatchObject({ code: "BENTO_REGISTRY_FAILED", message: expect.stringContaining("another host") });
    expect(elsewhere.seen).toEqual([]);
  });

  test("are in no message", async () => {
    registry.handler = (_what, _request, response) => {
      response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
      return true;
    };
    const error = await failure(pulled());
    expect(error).toMatchObject({ code: "BENTO_UNAUTHORIZED" });
    expect(JSON.stringify([error.message, error.hint])).not.toContain(credentials.password);
  });
});
