import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Registry } from "@bento/registry";
import { openRegistryTokens, type RegistryServer, serveRegistry } from "@bento/registry-server";
import { FileModelStore } from "@bento/store";
import { createKeyPair } from "@bento/store/signing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommand } from "../support/run-command.js";
import { pythonCommands, pythonEnvironment } from "./support/python.js";
import { temporaryHome, type TemporaryHome } from "./support/temporary-home.js";

let data: TemporaryHome;
let source: TemporaryHome;
let server: RegistryServer;
let registry: Registry;
let publicKey: string;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  [data, source] = [await temporaryHome(), await temporaryHome()];
  await using tokens = await openRegistryTokens({ data: data.path });
  const { token } = await tokens.create({ name: "ann@example.com", scope: "write" });
  server = await serveRegistry({ data: data.path, port: 0, logger: { info: () => {}, warn: () => {}, error: () => {} } });
  registry = new Registry({ endpoint: server.url, token, home: source.path, env: {} });
  env = { ...pythonEnvironment, BENTO_CLOUD_API_ENDPOINT: server.url, BENTO_CLOUD_API_KEY: token, COLUMNS: "200" };
  const pair = createKeyPair();
  ({ publicKey } = pair);
  await writeFile(join(source.path, "key.pem"), pair.privateKey, { mode: 0o600 });
  const store = new FileModelStore(source.path);
  for (const tag of ["signed:v1", "unsigned:v1"]) await store.create(tag, (draft) => draft.write("weights", Buffer.alloc(100_000, 1)));
  await (await store.get("signed:v1")).sign({ key: join(source.path, "key.pem") });
});
afterAll(async () => {
  await server.close(1000);
  await data[Symbol.asyncDispose]();
  await source[Symbol.asyncDispose]();
});

/** Takes and gives what the key signed, and nothing else. */
const strict = (home: TemporaryHome): FileModelStore => new FileModelStore(home.path, { signatures: { require: true, keys: [publicKey] } });

async function bentoml(home: TemporaryHome, ...args: readonly string[]): Promise<void> {
  await runCommand(join(pythonCommands, "bentoml"), args, { env: { ...env, BENTOML_HOME: home.path } });
}

test("our push, Python's pull and push, and our pull carry a signature whole", async () => {
  await registry.push("signed:v1", { store: new FileModelStore(source.path) });
  await using theirs = await temporaryHome();
  await bentoml(theirs, "models", "pull", "signed:v1");
  await strict(theirs).get("signed:v1");
  await bentoml(theirs, "models", "push", "signed:v1", "--force");
  await using target = await temporaryHome();
  const { model, outcome } = await registry.pull("signed", { store: strict(target) });
  expect([String(model.tag), outcome]).toEqual(["signed:v1", "pulled"]);
  expect(await model.text(".signature.json")).toBe(await (await new FileModelStore(source.path).get("signed:v1")).text(".signature.json"));
});

test("a pull into a store that requires signatures refuses what has none, however it came to the registry", async () => {
  await registry.push("unsigned:v1", { store: new FileModelStore(source.path) });
  await using theirs = await temporaryHome();
  await bentoml(theirs, "models", "pull", "signed:v1");
  await rm(join(theirs.path, "models/signed/v1/.signature.json"));
  await bentoml(theirs, "models", "push", "signed:v1", "--force");
  await using target = await temporaryHome();
  for (const tag of ["unsigned:v1", "signed:v1"]) {
    await expect(registry.pull(tag, { store: strict(target) }), tag).rejects.toMatchObject({ code: "BENTO_SIGNATURE_INVALID" });
  }
  expect(await strict(target).listTags()).toEqual([]);
  await registry.pull("unsigned:v1", { store: new FileModelStore(target.path) });
});
