import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BentoError } from "@bento/core";
import { FileModelStore, MemoryModelStore } from "@bento/store";
import { createKeyPair } from "@bento/store/signing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Registry } from "../../src/index.js";
import { exportStatic } from "../../src/static/index.js";
import { type FileServer, serveFiles } from "../support/file-server.js";
import { filesOf } from "../support/tree-files.js";

let folder: string;
let out: string;
let source: FileModelStore;
let server: FileServer;
let registry: Registry;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "bento-static-"));
  out = join(folder, "out");
  source = new FileModelStore(join(folder, "source"));
  await save(1024);
  server = await serveFiles(out);
  registry = new Registry({
    endpoint: `static+${server.url}`,
    home: join(folder, "target"),
    env: {},
    retry: { retries: 1, minMs: 1, maxMs: 2 },
  });
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** Two versions; of large ones the first 8 MiB, which is a part, are the same. */
async function save(bytes: number): Promise<void> {
  for (const tag of await source.listTags()) await source.delete(tag);
  await source.create("clf:v1", { labels: { stage: "old" } }, (draft) => draft.write("weights.bin", Buffer.alloc(bytes, 1)));
  await source.create("clf:v2", { labels: { stage: "prod" } }, async (draft) => {
    await draft.write("weights.bin", Buffer.concat([Buffer.alloc(bytes - 100, 1), Buffer.alloc(100, 2)]));
    await draft.write("empty", "");
    await draft.write("run.sh", "#!/bin/sh\n", { executable: true });
    await draft.mkdir("nothing/here");
  });
}

const large = 8 * 1024 * 1024 + 200;

const exported = (...tags: readonly string[]) =>
  exportStatic(out, { store: source, home: join(folder, "source"), ...(tags.length > 0 && { tags }) });

async function failure(work: PromiseLike<unknown>): Promise<BentoError> {
  try {
    await work;
  } catch (error) {
    if (BentoError.is(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("the folder", () => {
  test("holds each part once, under its digest, and the index names it all", async () => {
    await save(large);
    const { models, bytes } = await exported();
    expect(models.map(({ tag, outcome }) => `${tag} ${outcome}`)).toEqual(["clf:v1 exported", "clf:v2 exported"]);
    const files = filesOf(out);
    const parts = Object.entries(files).filter(([path]) => path.startsWith("parts/"));
    for (const [path, digest] of parts) expect(path).toBe(`parts/${digest.slice(0, 2)}/${digest}`);
    expect(Object.keys(files).filter((path) => path.startsWith("content/"))).toHaveLength(2);
    expect(bytes.written).toBeLessThan(bytes.total - 8 * 1024 * 1024 + 1);
    const index = JSON.parse(readFileSync(join(out, "bento-registry.json"), "utf8")) as { models: { version: string; labels: unknown }[] };
    expect(index.models).toMatchObject([
      { name: "clf", version: "v2", labels: [{ key: "stage", value: "prod" }] },
      { name: "clf", version: "v1", labels: [{ key: "stage", value: "old" }] },
    ]);
  });

  test("is the same for the same models, byte for byte, and nothing is written twice", async () => {
    await exported();
    const first = filesOf(out);
    const timeOf = (path: string): bigint => statSync(join(out, path), { bigint: true }).mtimeNs;
    const times = Object.keys(first).map(timeOf);
    const again = await exported();
    expect(again).toMatchObject({ models: [{ outcome: "present" }, { outcome: "present" }], bytes: { written: 0 } });
    expect(Object.keys(first).map(timeOf)).toEqual(times);
    rmSync(out, { recursive: true });
    await exported("clf:v2");
    await exported("clf:v1");
    expect(filesOf(out)).toEqual(first);
  });

  test("grows: versions that it has stay, a new one adds its own parts alone", async () => {
    await save(large);
    await exported("clf:v1");
    const before = Object.keys(filesOf(out));
    const { bytes } = await exported("clf:v2");
    expect(bytes.written).toBeLessThan(10_000);
    expect(Object.keys(filesOf(out))).toEqual(expect.arrayContaining(before));
    expect((await registry.list()).map(({ tag }) => String(tag))).toEqual(["clf:v2", "clf:v1"]);
  });

  test("repairs a part that is cut off, and leaves no unfinished files", async () => {
    await exported();
    const [part] = Object.keys(filesOf(out)).filter((path) => path.startsWith("parts/"));
    const whole = filesOf(out);
    writeFileSync(join(out, part as string), "");
    await exported();
    expect(filesOf(out)).toEqual(whole);
  });

  test("takes a model anew that was replaced, or signed since", async () => {
    await exported("clf:v1");
    const keyFile = join(folder, "key.pem");
    writeFileSync(keyFile, createKeyPair().privateKey);
    await (await source.get("clf:v1")).sign({ key: keyFile });
    expect(await exported("clf:v1")).toMatchObject({ models: [{ outcome: "exported" }] });
    const store = new MemoryModelStore();
    const { model } = await registry.pull("clf:v1", { store });
    expect(await model.text(".signature.json")).toBe(await (await source.get("clf:v1")).text(".signature.json"));
  });

  test("gets nothing that is not what was saved, and nothing where something else lies", async () => {
    const { path } = await source.get("clf:v1");
    writeFileSync(join(path, "weights.bin"), "evil");
    expect(await failure(exported("clf:v1"))).toMatchObject({
      code: "BENTO_INTEGRITY_FAILED",
      message: expect.stringContaining("weights.bin"),
    });
    expect(existsSync(join(out, "bento-registry.json"))).toBe(false);
    cpSync(join(path, "model.yaml"), join(out, "bento-registry.json"), { recursive: true });
    expect(await failure(exported("clf:v2"))).toMatchObject({ code: "BENTO_CONFLICT" });
  });
});

describe("a pull from it", () => {
  test("brings the same files, modes and folders, verified, and asks for no more than it needs", async () => {
    await save(large);
    await exported();
    const target = new FileModelStore(join(folder, "target"));
    const { model, outcome, verified } = await registry.pull("clf", { store: target });
    expect([String(model.tag), outcome, verified]).toEqual(["clf:v2", "pulled", "digests"]);
    expect(filesOf(model.path)).toEqual(filesOf((await source.get("clf:v2")).path));
    expect(statSync(join(model.path, "run.sh")).mode & 0o777).toBe(0o755);
    expect(statSync(join(model.path, "nothing/here")).isDirectory()).toBe(true);
    expect(server.asked.filter((path) => path.includes("/api/"))).toEqual([]);
    expect(server.asked.filter((path) => path === "GET /bento-registry.json")).toHaveLength(1);
    // The first 8 MiB are there from the other version.
    server.asked.length = 0;
    await registry.pull("clf:v1", { store: target });
    expect(server.asked.filter((path) => path.startsWith("GET /parts/")).length).toBeLessThan(5);
    expect((await registry.pull("clf:v1", { store: target })).outcome).toBe("present");
  });

  test("finds the newest with a label, lists, and tells of one version", async () => {
    await exported();
    expect(String((await registry.pull("clf", { store: new MemoryModelStore(), query: "label:stage=old" })).model.tag)).toBe("clf:v1");
    expect((await registry.list({ labels: { stage: "prod" } })).map(({ tag }) => String(tag))).toEqual(["clf:v2"]);
    expect((await registry.list({ name: "clf:v1" })).map(({ tag }) => String(tag))).toEqual(["clf:v1"]);
    expect(await registry.get("clf:v1")).toMatchObject({ labels: { stage: "old" }, status: "success" });
    expect(await failure(registry.get("clf:v3"))).toMatchObject({ code: "BENTO_MODEL_NOT_FOUND" });
    expect(await failure(registry.pull("other"))).toMatchObject({ code: "BENTO_MODEL_NOT_FOUND" });
  });

  test("sends no token, whatever the environment says, and a push is refused", async () => {
    await exported();
    const env = { BENTO_CLOUD_API_ENDPOINT: `static+${server.url}`, BENTO_CLOUD_API_KEY: "secret-token" };
    const ours = new Registry({ home: join(folder, "target"), env });
    await ours.pull("clf:v1", { store: new MemoryModelStore() });
    expect(JSON.stringify(server.headers)).not.toContain("secret-token");
    await source.create("clf:v3", (draft) => draft.write("f", "x"));
    expect(await failure(ours.push("clf:v3", { store: source }))).toMatchObject({ code: "BENTO_FORBIDDEN" });
    expect(await failure(ours.delete("clf:v1"))).toMatchObject({ code: "BENTO_FORBIDDEN" });
  });

  test("of a folder that is not there says so", async () => {
    expect(await failure(registry.pull("clf"))).toMatchObject({ code: "BENTO_NOT_FOUND", message: expect.stringContaining(server.url) });
  });

  test("a connection that breaks off in a part is gone on with", async () => {
    await exported();
    let broken = 0;
    server.override = (request, response) => {
      if (!request.url?.startsWith("/parts/") || request.headers.range !== undefined || broken > 0) return false;
      const bytes = readFileSync(join(out, request.url.slice(1)));
      if (bytes.length !== 1024) return false;
      broken += 1;
      response.writeHead(200, { "content-length": bytes.length });
      response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
      return true;
    };
    const { verified } = await registry.pull("clf:v1", { store: new MemoryModelStore() });
    expect([verified, broken]).toEqual(["digests", 1]);
  });
});

describe("a folder that lies", () => {
  const text = (path: string): string => readFileSync(join(out, path), "utf8");
  const contentOf = (version: string): string => {
    const { models } = JSON.parse(text("bento-registry.json")) as { models: { version: string; digest: string }[] };
    return `content/${models.find((entry) => entry.version === version)?.digest}.json`;
  };
  const lies: Record<string, () => void> = {
    "with other bytes in a part": () => {
      for (const path of Object.keys(filesOf(out)).filter((one) => one.startsWith("parts/"))) {
        const bytes = readFileSync(join(out, path));
        if (bytes.length > 0) bytes[0] = (bytes[0] as number) ^ 1;
        writeFileSync(join(out, path), bytes);
      }
    },
    "with a content that its digest is not of": () =>
      writeFileSync(join(out, contentOf("v1")), text(contentOf("v1")).replace("weights.bin", "weight2.bin")),
    "with another version under the tag": () => {
      const { models, ...rest } = JSON.parse(text("bento-registry.json")) as { models: { digest: string }[] };
      const swapped = models.map((entry) => ({ ...entry, digest: models.find((other) => other !== entry)?.digest }));
      writeFileSync(join(out, "bento-registry.json"), JSON.stringify({ ...rest, models: swapped }));
    },
    "with a path that leads out": () => rewrite("v1", (content) => void (content.files[0] = { ...content.files[0], path: "../../evil" })),
    "with sizes that cannot be": () => rewrite("v1", (content) => void (content.files[0] = { ...content.files[0], size: 2 ** 50 })),
    "with a name that leads out in its index": () =>
      writeFileSync(join(out, "bento-registry.json"), text("bento-registry.json").replaceAll('"clf"', '"../clf"')),
    "with a digest that leads out in its index": () =>
      writeFileSync(
        join(out, "bento-registry.json"),
        text("bento-registry.json").replace(/"digest": "[0-9a-f]+"/g, '"digest": "../../evil"'),
      ),
    "with no index but a page": () => writeFileSync(join(out, "bento-registry.json"), "<html>"),
    "with an index without end": () => {
      server.override = (request, response) => {
        if (request.url !== "/bento-registry.json") return false;
        response.writeHead(200);
        const more = (): void => void (response.destroyed || response.write(Buffer.alloc(1024 * 1024, " "), more));
        more();
        return true;
      };
    },
  };
  interface Content {
    files: { path?: string; size?: number }[];
  }

  /** What somebody does who makes up a content, and knows how digests are taken. */
  function rewrite(version: string, change: (content: Content) => void): void {
    const described = JSON.parse(text(contentOf(version))) as { content: Content; digest: string };
    change(described.content);
    const { format, partSize, folders, files } = described.content as never;
    const digest = createHash("sha256").update(JSON.stringify({ format, partSize, folders, files })).digest("hex");
    writeFileSync(join(out, "content", `${digest}.json`), JSON.stringify({ ...described, digest }));
    writeFileSync(join(out, "bento-registry.json"), text("bento-registry.json").replace(described.digest, digest));
  }

  test.each(Object.entries(lies))("%s is refused, and nothing of it is stored", async (_, lie) => {
    await exported();
    lie();
    const store = new FileModelStore(join(folder, "target"));
    const error = await failure(registry.pull("clf:v1", { store }));
    expect(["BENTO_INTEGRITY_FAILED", "BENTO_ARCHIVE_UNSAFE", "BENTO_REGISTRY_FAILED", "BENTO_MODEL_NOT_FOUND"]).toContain(error.code);
    expect(await store.listTags()).toEqual([]);
    expect(existsSync(join(folder, "evil"))).toBe(false);
  });
});
