import { randomBytes } from "node:crypto";
import type { PushState } from "@bento/registry/wire";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ContentServer, startContentServer } from "./support/content-server.js";
import { beginOf, contentOf, type MadeFiles, modelYaml, sha256Of } from "./support/made-item.js";

const mib = 1024 * 1024;
let server: ContentServer;
beforeAll(async () => {
  server = await startContentServer();
});
afterAll(() => server[Symbol.asyncDispose]());

let count = 0;
/** A tag that no other test has. */
const newTag = (): string => `clf:v${(count += 1)}`;
const rootOf = (tag: string): string => `/api/v1/model_repositories/${tag.replace(":", "/models/")}`;

async function begin(tag: string, files: MadeFiles, options: { force?: boolean; partSize?: number } = {}): Promise<PushState> {
  const answer = await server.ask("POST", `${rootOf(tag)}/content/begin`, beginOf(contentOf(files, options).content, options));
  expect(answer.status).toBe(200);
  return (await answer.json()) as PushState;
}

async function send({ push, missing }: PushState, files: MadeFiles, options: { partSize?: number } = {}): Promise<void> {
  const { parts } = contentOf(files, options);
  for (const sha256 of missing) {
    const answer = await server.ask("PUT", `/api/v1/content/${sha256}?push=${push}`, parts.get(sha256) as Uint8Array<ArrayBuffer>);
    expect([answer.status, await answer.json()]).toEqual([200, {}]);
  }
}

const commit = (tag: string, push: string): Promise<Response> => server.ask("POST", `${rootOf(tag)}/content/commit`, { push });

async function pushWhole(tag: string, files: MadeFiles, options: { force?: boolean; partSize?: number } = {}): Promise<Response> {
  const state = await begin(tag, files, options);
  await send(state, files, options);
  return commit(tag, state.push);
}

async function codeOf(answer: Response): Promise<[number, string]> {
  return [answer.status, ((await answer.json()) as { code: string }).code];
}

test("a model that is pushed in parts can be seen whole, with what its document says of it", async () => {
  const tag = newTag();
  const files = { "model.yaml": modelYaml(tag, { label: "prod" }), "weights.bin": randomBytes(2.5 * mib), "run.sh*": "run", empty: "" };
  const options = { partSize: mib };
  const state = await begin(tag, files, options);
  expect(state.missing.toSorted()).toEqual([...contentOf(files, options).parts.keys()].toSorted());
  expect((await server.ask("GET", `${rootOf(tag)}/content`)).status).toBe(404);
  await send(state, files, options);
  expect((await server.ask("GET", `${rootOf(tag)}/content`)).status).toBe(404);
  const published = await commit(tag, state.push);
  expect(published.status).toBe(200);
  const size = Object.values(files).reduce((sum, bytes) => sum + bytes.length, 0);
  expect(await published.json()).toMatchObject({
    version: tag.split(":")[1],
    upload_status: "success",
    size_bytes: size,
    labels: [{ key: "stage", value: "prod" }],
    manifest: { size_bytes: size, metadata: { accuracy: 0.5 }, context: { framework_name: "torch" }, bentoml_version: "1.4.39" },
  });
  const { content } = contentOf(files, options);
  for (const version of [rootOf(tag), "/api/v1/model_repositories/clf/models/latest"]) {
    const found = await server.ask("GET", `${version}/content`);
    expect(await found.json()).toMatchObject({ name: "clf", version: tag.split(":")[1], content });
  }
});

test("parts that the registry has are not asked for again", async () => {
  const weights = randomBytes(3 * mib);
  const first = newTag();
  await pushWhole(first, { "model.yaml": modelYaml(first), "weights.bin": weights }, { partSize: mib });
  const changed = Buffer.from(weights);
  changed.writeUInt8(changed.readUInt8(mib + 7) ^ 1, mib + 7);
  const second = newTag();
  const { missing } = await begin(second, { "model.yaml": modelYaml(second), "weights.bin": changed }, { partSize: mib });
  expect(missing.toSorted()).toEqual([sha256Of(modelYaml(second)), sha256Of(changed.subarray(mib, 2 * mib))].toSorted());
});

test("a push goes on where it was, and knows what has come", async () => {
  const tag = newTag();
  const files = { "model.yaml": modelYaml(tag), a: randomBytes(100), b: randomBytes(100) };
  const state = await begin(tag, files);
  const [first] = state.missing as [string];
  await send({ ...state, missing: [first] }, files);
  const resumed = (await (await server.ask("GET", `/api/v1/content?push=${state.push}`)).json()) as PushState;
  expect(resumed.push).toBe(state.push);
  expect(resumed.missing.toSorted()).toEqual(state.missing.filter((part) => part !== first).toSorted());
  expect(Date.parse(resumed.expires_at)).toBeGreaterThan(Date.now());
  expect(await codeOf(await commit(tag, state.push))).toEqual([409, "BENTO_CONFLICT"]);
  await send(resumed, files);
  // A part that comes twice is as good, and so is a commit whose answer was lost.
  await send(state, files);
  for (let time = 0; time < 2; time += 1) expect((await commit(tag, state.push)).status).toBe(200);
});

test("a part with other bytes, another length, or of no push is refused, and stays missing", async () => {
  const tag = newTag();
  const files = { "model.yaml": modelYaml(tag), w: randomBytes(1000) };
  const { push, missing } = await begin(tag, files);
  const part = sha256Of(files.w);
  const put = (sha256: string, id: string, bytes: Uint8Array): Promise<Response> =>
    server.ask("PUT", `/api/v1/content/${sha256}?push=${id}`, bytes as Uint8Array<ArrayBuffer>);
  expect(await codeOf(await put(part, push, randomBytes(1000)))).toEqual([400, "BENTO_INTEGRITY_FAILED"]);
  expect(await codeOf(await put(part, push, files.w.subarray(1)))).toEqual([400, "BENTO_INTEGRITY_FAILED"]);
  expect(await codeOf(await put(part, "nothing", files.w))).toEqual([409, "BENTO_CONFLICT"]);
  expect(await codeOf(await put(sha256Of("x"), push, Buffer.from("x")))).toEqual([409, "BENTO_CONFLICT"]);
  expect((await put("..%2f..%2fetc%2fpasswd", push, files.w)).status).toBe(400);
  const state = (await (await server.ask("GET", `/api/v1/content?push=${push}`)).json()) as PushState;
  expect(state.missing.toSorted()).toEqual([...missing].toSorted());
  expect(await server.blobs.has(part)).toBe(false);
});

test("what a push says of a file as a whole is checked against its parts", async () => {
  const tag = newTag();
  const files = { "model.yaml": modelYaml(tag), w: randomBytes(2 * mib) };
  const { content, parts } = contentOf(files, { partSize: mib });
  const lied = { ...content, files: content.files.map((file) => (file.path === "w" ? { ...file, sha256: sha256Of("else") } : file)) };
  const state = (await (await server.ask("POST", `${rootOf(tag)}/content/begin`, beginOf(lied))).json()) as PushState;
  for (const sha256 of state.missing) {
    await server.ask("PUT", `/api/v1/content/${sha256}?push=${state.push}`, parts.get(sha256) as Uint8Array<ArrayBuffer>);
  }
  expect(await codeOf(await commit(tag, state.push))).toEqual([400, "BENTO_INTEGRITY_FAILED"]);
  expect((await server.ask("GET", `${rootOf(tag)}/content`)).status).toBe(404);
});

test("what is pushed under another tag than its own, without a document, or with a manifest that is wrong is refused", async () => {
  const tag = newTag();
  expect(await codeOf(await pushWhole(tag, { "model.yaml": modelYaml("clf:other") }))).toEqual([400, "BENTO_TAG_INVALID"]);
  expect(await codeOf(await pushWhole(tag, { "model.yaml": "name: [" }))).toEqual([400, "BENTO_MODEL_INVALID"]);
  const bare = await server.ask("POST", `${rootOf(tag)}/content/begin`, beginOf(contentOf({ w: "1" }).content));
  expect(await codeOf(bare)).toEqual([400, "BENTO_ARCHIVE_INVALID"]);
  const yaml = modelYaml(tag);
  const manifest = { version: 1, files: [{ path: "model.yaml", size: yaml.length, sha256: sha256Of(yaml) }] };
  const wrong = { "model.yaml": yaml, w: "added", ".manifest.json": JSON.stringify(manifest) };
  expect(await codeOf(await pushWhole(tag, wrong))).toEqual([400, "BENTO_INTEGRITY_FAILED"]);
  expect((await server.ask("GET", `${rootOf(tag)}/content`)).status).toBe(404);
  expect((await pushWhole(tag, { "model.yaml": yaml, ".manifest.json": JSON.stringify(manifest) })).status).toBe(200);
});

test("paths that lead out, or are written in two ways, and parts that do not add up are refused at once", async () => {
  const tag = newTag();
  const yaml = modelYaml(tag);
  for (const path of ["../x", "/abs", "a/../../x", "a//b", "./x", "x/", "a\0b", "model.yaml/x", ""]) {
    const { content } = contentOf({ "model.yaml": yaml, w: "1" });
    const files = content.files.map((file) => (file.path === "w" ? { ...file, path } : file));
    const answer = await server.ask("POST", `${rootOf(tag)}/content/begin`, beginOf({ ...content, files }));
    expect(answer.status, path).toBe(400);
  }
  const { content } = contentOf({ "model.yaml": yaml, w: randomBytes(2 * mib) }, { partSize: mib });
  const short = content.files.map((file) => ({ ...file, parts: file.parts.slice(0, 1) }));
  const answer = await server.ask("POST", `${rootOf(tag)}/content/begin`, beginOf({ ...content, files: short }));
  expect(answer.status).toBe(400);
});

test("a version that is whole is replaced by force alone, and readers have the old one until the new one is whole", async () => {
  const tag = newTag();
  const old = { "model.yaml": modelYaml(tag), w: "old" };
  const fresh = { "model.yaml": modelYaml(tag, { label: "two" }), w: "new" };
  await pushWhole(tag, old);
  const refused = await server.ask("POST", `${rootOf(tag)}/content/begin`, beginOf(contentOf(fresh).content));
  expect(await codeOf(refused)).toEqual([409, "BENTO_MODEL_EXISTS"]);
  const seen = async (): Promise<unknown> => (await (await server.ask("GET", `${rootOf(tag)}/content`)).json()) as unknown;
  const state = await begin(tag, fresh, { force: true });
  await send(state, fresh);
  expect(await seen()).toMatchObject({ content: contentOf(old).content });
  expect(await (await commit(tag, state.push)).json()).toMatchObject({ labels: [{ key: "stage", value: "two" }] });
  expect(await seen()).toMatchObject({ content: contentOf(fresh).content });
});

test("of two pushes of a tag at once one wins, and the other is told; the same content is no conflict", async () => {
  const tag = newTag();
  const filesWith = (w: string): MadeFiles => ({ "model.yaml": modelYaml(tag), w });
  const [one, two] = [filesWith("1"), filesWith("2")] as const;
  const [a, b, c] = [await begin(tag, one), await begin(tag, two), await begin(tag, one)];
  for (const [state, files] of [
    [a, one],
    [b, two],
    [c, one],
  ] as const)
    await send(state, files);
  expect((await commit(tag, b.push)).status).toBe(200);
  expect(await codeOf(await commit(tag, a.push))).toEqual([409, "BENTO_CONFLICT"]);
  const same = newTag();
  const files = { "model.yaml": modelYaml(same) };
  const [first, second] = [await begin(same, files), await begin(same, files)];
  await send(first, files);
  expect((await commit(same, first.push)).status).toBe(200);
  expect((await commit(same, second.push)).status).toBe(200);
});

test("a push that is given up is gone, and a commit under another tag is refused", async () => {
  const tag = newTag();
  const state = await begin(tag, { "model.yaml": modelYaml(tag) });
  expect(await codeOf(await commit(newTag(), state.push))).toEqual([404, "BENTO_NOT_FOUND"]);
  expect((await server.ask("DELETE", `/api/v1/content?push=${state.push}`)).status).toBe(200);
  expect(await codeOf(await server.ask("GET", `/api/v1/content?push=${state.push}`))).toEqual([404, "BENTO_NOT_FOUND"]);
  expect(await codeOf(await commit(tag, state.push))).toEqual([404, "BENTO_NOT_FOUND"]);
});

test("a part is read whole or in a range, and only once it is published", async () => {
  const tag = newTag();
  const w = randomBytes(5000);
  const files = { "model.yaml": modelYaml(tag), w };
  const state = await begin(tag, files);
  await send(state, files);
  const path = `/api/v1/content/${sha256Of(w)}`;
  expect(await codeOf(await server.ask("GET", path))).toEqual([404, "BENTO_NOT_FOUND"]);
  await commit(tag, state.push);
  const get = (headers: Record<string, string>): Promise<Response> =>
    fetch(server.url + path, { headers: { authorization: `Bearer ${server.token}`, ...headers } });
  const whole = await get({});
  expect(Buffer.from(await whole.arrayBuffer())).toEqual(w);
  expect([whole.headers.get("content-length"), whole.headers.get("etag")]).toEqual(["5000", `"${sha256Of(w)}"`]);
  const etag = `"${sha256Of(w)}"`;
  const ranges: [Record<string, string>, number, Buffer, string | null][] = [
    [{ range: "bytes=10-19" }, 206, w.subarray(10, 20), "bytes 10-19/5000"],
    [{ range: "bytes=4990-" }, 206, w.subarray(4990), "bytes 4990-4999/5000"],
    [{ range: "bytes=-5" }, 206, w.subarray(4995), "bytes 4995-4999/5000"],
    [{ range: "bytes=4000-9999", "if-range": etag }, 206, w.subarray(4000), "bytes 4000-4999/5000"],
    [{ range: "bytes=1-2", "if-range": '"another"' }, 200, w, null],
    [{ range: "bytes=1-2,5-6" }, 200, w, null],
    [{ range: "bytes=5000-" }, 416, Buffer.alloc(0), "bytes */5000"],
  ];
  for (const [headers, status, bytes, contentRange] of ranges) {
    const answer = await get(headers);
    expect([answer.status, answer.headers.get("content-range")]).toEqual([status, contentRange]);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes);
  }
  expect((await fetch(server.url + path)).status).toBe(401);
});

test("a token that is revoked during a push publishes nothing", async () => {
  await using own = await startContentServer();
  const tag = newTag();
  const yaml = modelYaml(tag);
  const state = (await (
    await own.ask("POST", `${rootOf(tag)}/content/begin`, beginOf(contentOf({ "model.yaml": yaml }).content))
  ).json()) as PushState;
  await own.ask("PUT", `/api/v1/content/${sha256Of(yaml)}?push=${state.push}`, yaml);
  await own.tokens.revoke("ann");
  expect((await own.ask("POST", `${rootOf(tag)}/content/commit`, { push: state.push })).status).toBe(401);
  expect(await own.catalog.content("model", "clf", tag.slice(4))).toBeUndefined();
});
