import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BentoError } from "@bento/core";
import { pullOci, pushOci } from "@bento/registry/oci";
import { FileModelStore, MemoryModelStore } from "@bento/store";
import { createKeyPair } from "@bento/store/signing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DockerRegistry, startDockerRegistry, startTokenServer } from "./support/docker-registry.js";
import { readFolder } from "./support/read-folder.js";

let registry: DockerRegistry;
let folder: string;
let store: FileModelStore;
/** Nobody's credentials. */
const env = { DOCKER_CONFIG: "/nonexistent" };

beforeAll(async () => {
  registry = await startDockerRegistry();
  folder = await mkdtemp(join(tmpdir(), "bento-oci-"));
  store = new FileModelStore(join(folder, "source"));
  await store.create("clf:v1", { labels: { stage: "prod" } }, async (draft) => {
    await draft.write("weights.safetensors", Buffer.alloc(3_000_000, 7));
    await draft.write("config.json", "{}");
    await draft.write("README.md", "# A model\n");
    await draft.write("empty", "");
    await draft.write("bin/run.sh", "#!/bin/sh\n", { executable: true });
    await draft.mkdir("nothing/here");
  });
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const home = (): string => join(folder, "home");
const contentOf = async (path: string): Promise<Record<string, unknown>> => Object.fromEntries(await readFolder(path));

async function failure(work: PromiseLike<unknown>): Promise<BentoError> {
  try {
    await work;
  } catch (error) {
    if (BentoError.is(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

test("a model that was pushed is pulled with every byte, mode and folder, and pushed once only", async () => {
  const place = `oci://${registry.host}/team/clf:v1`;
  const pushed = await pushOci("clf:v1", place, { store, home: home(), env });
  expect(pushed).toMatchObject({ outcome: "pushed", bytes: { sent: expect.any(Number) } });
  expect((await pushOci("clf:v1", place, { store, home: home(), env })).outcome).toBe("skipped");
  const target = new FileModelStore(join(folder, "pulled"));
  const { model, outcome, verified } = await pullOci(place, { store: target, home: home(), env });
  expect([String(model.tag), outcome, verified]).toEqual(["clf:v1", "pulled", "digests"]);
  expect(await contentOf(model.path)).toEqual(await contentOf((await store.get("clf:v1")).path));
  expect((await model.verify()).status).toBe("ok");
  expect((await pullOci(place, { store: target, home: home(), env })).outcome).toBe("present");
});

test("the artifact is in the layout of ModelPack, and the same model makes the same", async () => {
  const place = `oci://${registry.host}/layout:v1`;
  await pushOci("clf:v1", place, { store, home: home(), env });
  await pushOci("clf:v1", `oci://${registry.host}/layout:again`, { store, home: home(), env });
  const accept = { headers: { accept: "application/vnd.oci.image.manifest.v1+json" } };
  const text = await (await fetch(`http://${registry.host}/v2/layout/manifests/v1`, accept)).text();
  expect(await (await fetch(`http://${registry.host}/v2/layout/manifests/again`, accept)).text()).toBe(text);
  const manifest = JSON.parse(text) as { config: { digest: string }; layers: { mediaType: string; annotations: Record<string, string> }[] };
  expect(manifest).toMatchObject({
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    artifactType: "application/vnd.cncf.model.manifest.v1+json",
    config: { mediaType: "application/vnd.cncf.model.config.v1+json" },
  });
  const types = Object.fromEntries(
    manifest.layers.map(({ mediaType, annotations }) => [annotations["org.cncf.model.filepath"], mediaType]),
  );
  expect(types).toMatchObject({
    "weights.safetensors": "application/vnd.cncf.model.weight.v1.raw",
    "config.json": "application/vnd.cncf.model.weight.config.v1.raw",
    "README.md": "application/vnd.cncf.model.doc.v1.raw",
    "bin/run.sh": "application/vnd.cncf.model.code.v1.raw",
  });
  const run = manifest.layers.find(({ annotations }) => annotations["org.cncf.model.filepath"] === "bin/run.sh");
  expect(JSON.parse(run?.annotations["org.cncf.model.file.metadata+json"] ?? "{}")).toMatchObject({
    name: "run.sh",
    mode: 0o755,
    typeflag: 48,
  });
  const config = (await (await fetch(`http://${registry.host}/v2/layout/blobs/${manifest.config.digest}`)).json()) as object;
  expect(config).toMatchObject({ descriptor: { name: "clf", version: "v1" }, modelfs: { type: "layers" }, config: {} });
  expect((config as { modelfs: { diffIds: string[] } }).modelfs.diffIds).toHaveLength(manifest.layers.length);
});

test("a tag that names something else stays, unless it is to be replaced; what is there is not sent again", async () => {
  const place = `oci://${registry.host}/moving:stable`;
  await store.create("clf:v2", (draft) => draft.write("weights.safetensors", Buffer.alloc(3_000_000, 7)));
  await pushOci("clf:v1", place, { store, home: home(), env });
  expect(await failure(pushOci("clf:v2", place, { store, home: home(), env }))).toMatchObject({ code: "BENTO_CONFLICT" });
  const { bytes } = await pushOci("clf:v2", place, { store, home: home(), env, force: true });
  expect(bytes.sent).toBeLessThan(10_000);
  expect(String((await pullOci(place, { store: new MemoryModelStore(), home: home(), env })).model.tag)).toBe("clf:v2");
});

test("a signature goes along, and a store that requires one takes it by digest as well", async () => {
  const { privateKey, publicKey } = createKeyPair();
  writeFileSync(join(folder, "key.pem"), privateKey, { mode: 0o600 });
  const model = await store.create("signed:v1", (draft) => draft.write("w", "w"));
  await model.sign({ key: join(folder, "key.pem") });
  await pushOci("signed:v1", `oci://${registry.host}/signed`, { store, home: home(), env });
  const answer = await fetch(`http://${registry.host}/v2/signed/manifests/v1`, {
    headers: { accept: "application/vnd.oci.image.manifest.v1+json" },
  });
  const digest = answer.headers.get("docker-content-digest");
  const strict = () => new MemoryModelStore({ signatures: { require: true, keys: [publicKey] } });
  const { model: come } = await pullOci(`oci://${registry.host}/signed@${digest}`, { store: strict(), home: home(), env });
  expect(await come.text(".signature.json")).toBe(await model.text(".signature.json"));
  const unsigned = pullOci(`oci://${registry.host}/moving:stable`, { store: strict(), home: home(), env });
  expect(await failure(unsigned)).toMatchObject({ code: "BENTO_SIGNATURE_INVALID" });
});

test("a registry with other bytes on its disk is refused", async () => {
  const place = `oci://${registry.host}/spoiled:v1`;
  await store.create("spoiled:v1", (draft) => draft.write("w", "precious weights"));
  await pushOci("spoiled:v1", place, { store, home: home(), env });
  const data = readdirSync(join(tmpdir()), { withFileTypes: true }).filter(({ name }) => name.startsWith("bento-docker-registry-"));
  const blobs = data.flatMap(({ name }) => {
    const root = join(tmpdir(), name, "data");
    const files =
      statSync(root, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(root, { recursive: true, withFileTypes: true });
    return files.filter((entry) => entry.name === "data").map((entry) => join(entry.parentPath, entry.name));
  });
  const [blob, ...others] = blobs.filter((path) => readFileSync(path, "utf8") === "precious weights");
  expect(others).toEqual([]);
  writeFileSync(blob as string, "poisoned weights");
  const target = new FileModelStore(join(folder, "unspoiled"));
  const error = await failure(pullOci(place, { store: target, home: home(), env, retry: { retries: 0 } }));
  expect(error).toMatchObject({ code: "BENTO_INTEGRITY_FAILED", message: expect.stringContaining('"w"') });
  expect(await target.listTags()).toEqual([]);
});

test("what is not there, and what is no model, is said", async () => {
  const options = { store: new MemoryModelStore(), home: home(), env };
  expect(await failure(pullOci(`oci://${registry.host}/absent:v1`, options))).toMatchObject({ code: "BENTO_MODEL_NOT_FOUND" });
  expect(await failure(pushOci("absent", `oci://${registry.host}/x:v1`, { ...options, store }))).toMatchObject({
    code: "BENTO_MODEL_NOT_FOUND",
  });
});

test("with tokens: who is known pushes and pulls, who is not is told so; the password goes to the token server alone", async () => {
  const ann = { username: "ann", password: "secret" };
  await using tokens = await startTokenServer(ann);
  await using guarded = await startDockerRegistry(tokens);
  const place = `oci://${guarded.host}/clf:v1`;
  const options = { store, home: home(), env };
  expect(await failure(pushOci("clf:v1", place, options))).toMatchObject({ code: "BENTO_UNAUTHORIZED" });
  expect(await failure(pushOci("clf:v1", place, { ...options, credentials: { ...ann, password: "wrong" } }))).toMatchObject({
    code: "BENTO_UNAUTHORIZED",
  });
  expect((await pushOci("clf:v1", place, { ...options, credentials: ann })).outcome).toBe("pushed");
  const login = join(folder, "docker");
  cpSync(join(folder, "key.pem"), join(login, "ignored"), { recursive: true });
  writeFileSync(
    join(login, "config.json"),
    JSON.stringify({ auths: { [guarded.host]: { auth: Buffer.from("ann:secret").toString("base64") } } }),
  );
  const { outcome } = await pullOci(place, { store: new MemoryModelStore(), home: home(), env: { DOCKER_CONFIG: login } });
  expect(outcome).toBe("pulled");
  const named = { DOCKER_CONFIG: "/nonexistent", BENTO_OCI_USERNAME: "ann", BENTO_OCI_PASSWORD: "secret" };
  expect((await pullOci(place, { store: new MemoryModelStore(), home: home(), env: named })).outcome).toBe("pulled");
  expect(await failure(pullOci(place, { store: new MemoryModelStore(), home: home(), env }))).toMatchObject({ code: "BENTO_UNAUTHORIZED" });
});
