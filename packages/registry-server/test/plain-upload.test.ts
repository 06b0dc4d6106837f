import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { importModel, MemoryModelStore } from "@bento/store";
import { limitsOf, readTar } from "@bento/store/archives";
import { afterAll, beforeAll, expect, test } from "vitest";
import { collect } from "../src/collect/collect.js";
import { type ContentServer, startContentServer } from "./support/content-server.js";
import { type MadeFiles, modelYaml, rawTar, type RawMember, sha256Of, tarOfFiles } from "./support/made-item.js";

let server: ContentServer;
beforeAll(async () => {
  server = await startContentServer();
});
afterAll(() => server[Symbol.asyncDispose]());

let count = 0;
const newTag = (): string => `up:v${(count += 1)}`;
const rootOf = (tag: string, kind = "model"): string => `/api/v1/${kind}_repositories/${tag.replace(":", `/${kind}s/`)}`;

/** Announces a version as Python's client does. */
async function announce(tag: string, { size = 0, kind = "model", ...manifest }: Record<string, unknown> = {}): Promise<void> {
  const body = {
    version: tag.split(":")[1],
    description: "",
    labels: [{ key: "stage", value: "dev" }],
    manifest: { module: "", api_version: "v1", service: "s", bentoml_version: "1.4.39", size_bytes: size, ...manifest },
    build_at: "2026-01-02 03:04:05.000006",
  };
  const made = await server.ask("POST", rootOf(`${tag.split(":")[0]}:`, String(kind)).replace(/\/$/, ""), body);
  expect(made.status).toBe(200);
}

const upload = (tag: string, tar: Uint8Array, kind = "model"): Promise<Response> =>
  server.ask("PUT", `${rootOf(tag, kind)}/upload`, tar as Uint8Array<ArrayBuffer>);

async function statusOf(tag: string, kind = "model"): Promise<Record<string, unknown>> {
  const found = await server.catalog.version(kind as "model", ...(tag.split(":") as [string, string]));
  return { ...found };
}

test("an uploaded tar can be downloaded as the same files, with its length known and the same bytes each time", async () => {
  const tag = newTag();
  await announce(tag);
  expect(await (await server.ask("PATCH", `${rootOf(tag)}/start_upload`)).json()).toMatchObject({ upload_status: "uploading" });
  const files: MadeFiles = {
    "model.yaml": modelYaml(tag),
    "run.sh*": "#!/bin/sh\n",
    "w.bin": randomBytes(9_000_000),
    "a/b/c.txt": "deep",
    empty: "",
  };
  const sent = Buffer.concat([tarOfFiles(files)]);
  expect(await (await upload(tag, sent)).json()).toMatchObject({ upload_status: "success" });
  const store = new MemoryModelStore();
  const download = async (version: string): Promise<Buffer> => {
    const answer = await server.ask("GET", `${rootOf(version)}/download`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect([answer.status, answer.headers.get("content-length")]).toEqual([200, String(bytes.length)]);
    return bytes;
  };
  const tar = await download(tag);
  expect(sha256Of(await download("up:latest"))).toBe(sha256Of(tar));
  const model = await importModel(tar, { store });
  expect(String(model.tag)).toBe(tag);
  const modes = new Map<string, boolean>();
  const reading = { signal: new AbortController().signal, limits: limitsOf() };
  for await (const { path, executable } of readTar(streamOf(tar), reading)) modes.set(path, executable);
  expect([modes.get("./run.sh"), modes.get("./w.bin")]).toEqual([true, false]);
  for (const [name, content] of Object.entries(files)) {
    expect(sha256Of(await model.read(name.replace("*", ""))), name).toBe(sha256Of(content));
  }
});

test("what was said of a version before is corrected by its document, also after a second upload with the same words", async () => {
  const tag = newTag();
  await announce(tag, { size: 999_999, own: "kept" });
  const first = { "model.yaml": modelYaml(tag), w: "1" };
  await upload(tag, tarOfFiles(first));
  const size = (files: Record<string, string>): number => Object.values(files).join("").length;
  expect(await statusOf(tag)).toMatchObject({ labels: [{ key: "stage", value: "one" }], sizeBytes: size(first) });
  const second = { "model.yaml": modelYaml(tag, { label: "two", accuracy: 0.9 }), w: "12345" };
  const answer = await upload(tag, tarOfFiles(second));
  expect(await answer.json()).toMatchObject({
    labels: [{ key: "stage", value: "two" }],
    manifest: { size_bytes: size(second), metadata: { accuracy: 0.9 }, own: "kept" },
  });
});

test("a bento's figure counts its models too, and is only raised to what its files are", async () => {
  const yaml = (tag: string): string =>
    [
      "service: s:S",
      `name: ${tag.split(":")[0]}`,
      `version: ${tag.split(":")[1]}`,
      "bentoml_version: 1.4.39",
      "creation_time: '2026-01-02T03:04:05+00:00'",
      "labels: {}",
      "models: []",
      "entry_service: S",
      "services: []",
      "envs: []",
      "schema: {}",
      "args: {}",
      "spec: 2",
      "image: {base_image: b, python_version: '3.11', commands: [], python_requirements: '', post_commands: []}",
      "",
    ].join("\n");
  for (const [declared, expected] of [
    [10_000_000, 10_000_000],
    [1, 0],
  ] as const) {
    const tag = newTag();
    await announce(tag, { size: declared, kind: "bento" });
    const answer = await upload(tag, tarOfFiles({ "bento.yaml": yaml(tag), "src/s.py": "pass" }), "bento");
    const size = yaml(tag).length + 4;
    expect(await answer.json()).toMatchObject({ upload_status: "success", manifest: { size_bytes: expected || size }, size_bytes: size });
  }
});

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}

const good = (tag: string): RawMember[] => [
  { name: "./", type: "5" },
  { name: "./model.yaml", content: modelYaml(tag) },
];

test.for<[what: string, code: string, make: (tag: string) => Uint8Array]>([
  ["another tag", "BENTO_TAG_INVALID", () => rawTar(good("up:another"))],
  ["no document", "BENTO_ARCHIVE_INVALID", () => rawTar([{ name: "./w", content: "1" }])],
  ["a document in a folder", "BENTO_ARCHIVE_INVALID", (tag) => rawTar([{ name: "x/model.yaml", content: modelYaml(tag) }])],
  ["a name that leads out", "BENTO_ARCHIVE_UNSAFE", (tag) => rawTar([...good(tag), { name: "../evil", content: "x" }])],
  ["an absolute name", "BENTO_ARCHIVE_UNSAFE", (tag) => rawTar([...good(tag), { name: "/etc/evil", content: "x" }])],
  ["a link out", "BENTO_ARCHIVE_UNSAFE", (tag) => rawTar([...good(tag), { name: "l", type: "2", link: "../../etc/passwd" }])],
  ["a hard link to nothing", "BENTO_ARCHIVE_UNSAFE", (tag) => rawTar([...good(tag), { name: "l", type: "1", link: "gone" }])],
  ["a device", "BENTO_ARCHIVE_UNSAFE", (tag) => rawTar([...good(tag), { name: "d", type: "3" }])],
  ["a file that comes twice", "BENTO_ARCHIVE_UNSAFE", (tag) => rawTar([...good(tag), { name: "model.yaml", content: "x" }])],
  [
    "an end inside a file",
    "BENTO_ARCHIVE_INVALID",
    (tag) => rawTar([...good(tag), { name: "w", content: randomBytes(5000) }]).subarray(0, -4000),
  ],
  ["no end", "BENTO_ARCHIVE_INVALID", (tag) => rawTar(good(tag), { end: false })],
  ["nothing at all", "BENTO_ARCHIVE_INVALID", () => Buffer.alloc(0)],
  ["no tar", "BENTO_ARCHIVE_INVALID", () => randomBytes(100_000)],
  [
    "a file that its manifest does not know",
    "BENTO_INTEGRITY_FAILED",
    (tag) => rawTar([...good(tag), { name: ".manifest.json", content: '{"version":1,"files":[]}' }]),
  ],
])("a tar with %s is refused, and nothing stays of it", async ([, code, make]) => {
  const tag = newTag();
  await announce(tag);
  const refused = await upload(tag, make(tag));
  expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([400, code]);
  expect(await statusOf(tag)).toMatchObject({ uploadStatus: "failed", contentDigest: null });
  expect((await statusOf(tag))["uploadFinishedReason"]).not.toBe("");
  expect((await server.ask("GET", `${rootOf(tag)}/download`)).status).toBe(404);
  expect((await server.ask("PATCH", `${rootOf(tag)}/presign_download_url`)).status).toBe(404);
  expect((await upload(tag, rawTar(good(tag)))).status).toBe(200);
});

test("links inside a tar become the files they stand for", async () => {
  const tag = newTag();
  await announce(tag);
  const members = [
    { name: "a/link", type: "2", link: "../w" },
    ...good(tag),
    { name: "w", content: "weights", mode: 0o755 },
    { name: "hard", type: "1", link: "./w" },
  ];
  expect((await upload(tag, rawTar(members))).status).toBe(200);
  const { content } = (await (await server.ask("GET", `${rootOf(tag)}/content`)).json()) as {
    content: { files: { path: string; sha256: string }[] };
  };
  const digests = Object.fromEntries(content.files.map(({ path, sha256 }) => [path, sha256]));
  expect(digests).toMatchObject({ "a/link": sha256Of("weights"), hard: sha256Of("weights"), w: sha256Of("weights") });
});

test("an upload that breaks off in the middle leaves what was there, and its version says that it failed", async () => {
  const tag = newTag();
  await announce(tag);
  await upload(tag, tarOfFiles({ "model.yaml": modelYaml(tag), w: "first" }));
  const fresh = newTag();
  await announce(fresh);
  for (const target of [tag, fresh]) {
    const tar = tarOfFiles({ "model.yaml": modelYaml(target), w: randomBytes(3_000_000) });
    await breakOff(`${rootOf(target)}/upload`, tar, 1_500_000);
  }
  await expect.poll(async () => (await statusOf(fresh))["uploadStatus"]).toBe("failed");
  expect(await statusOf(tag)).toMatchObject({ uploadStatus: "success" });
  const tar = await (await server.ask("GET", `${rootOf(tag)}/download`)).arrayBuffer();
  expect(await (await importModel(new Uint8Array(tar), { store: new MemoryModelStore() })).text("w")).toBe("first");
});

/** Sends the beginning of a body, and ends the connection. */
async function breakOff(path: string, body: Uint8Array, at: number): Promise<void> {
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.write(`PUT ${path} HTTP/1.1\r\nHost: x\r\nX-YATAI-API-TOKEN: ${server.token}\r\nContent-Length: ${body.length}\r\n\r\n`);
  await new Promise<void>((resolve) => void socket.write(body.subarray(0, at), () => resolve()));
  socket.destroy();
}

test("a refusal reaches a client that is still sending", async () => {
  const tag = newTag();
  await announce(tag);
  const tar = rawTar([
    { name: "../evil", content: "x" },
    { name: "w", content: randomBytes(20_000_000) },
  ]);
  const refused = await upload(tag, tar);
  expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([400, "BENTO_ARCHIVE_UNSAFE"]);
});

test("an upload to a version that nobody announced is refused", async () => {
  expect((await upload("nobody:v1", tarOfFiles({ "model.yaml": modelYaml("nobody:v1") }))).status).toBe(404);
});

test("what refused uploads stored goes with the next collection, and what is published stays", async () => {
  await collect({ ...server }, { graceMs: -1000 });
  const { items } = await server.catalog.versions("model");
  const needed = new Set<string>();
  for (const { kind, name, version } of [...items, ...(await server.catalog.versions("bento")).items]) {
    const found = await server.catalog.content(kind, name, version);
    for (const { parts } of found?.content.files ?? []) for (const part of parts) needed.add(part);
  }
  const there = new Set<string>();
  for await (const { sha256 } of server.blobs.list()) there.add(sha256);
  expect(needed.size).toBeGreaterThan(5);
  expect(there).toEqual(needed);
});

test("a token that is revoked while the bytes come publishes nothing", async () => {
  await using own = await startContentServer();
  const tag = newTag();
  await own.catalog.createVersion("model", "up", tag.slice(3), {
    description: "",
    labels: [],
    manifest: {},
    buildAt: "2026-01-02T03:04:05Z",
  });
  const tar = tarOfFiles({ "model.yaml": modelYaml(tag), w: randomBytes(1000) });
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      await own.tokens.revoke("ann");
      controller.enqueue(tar);
      controller.close();
    },
  });
  const headers = { "x-yatai-api-token": own.token };
  const request: RequestInit & { duplex: "half" } = { method: "PUT", headers, body, duplex: "half" };
  expect((await fetch(`${own.url}${rootOf(tag)}/upload`, request)).status).toBe(401);
  expect(await own.catalog.content("model", "up", tag.slice(3))).toBeUndefined();
});
