// A bento and its models: which of them travel, and what a registry is told of those that do not.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Registry } from "@bento/registry";
import { FileBentoStore, FileModelStore } from "@bento/store";
import { expect, onTestFinished, test } from "vitest";
import { HubServer } from "../../../test/support/hub-server.js";

const hubTag = "google--bert:0123456789abcdef0123456789abcdef";
const files = { "config.json": "{}", "model.bin": { content: "12345678", lfs: true }, "notes.txt": "left out" };

/** A home with the bento of the fixtures, which needs two models and now one of a hub as well; and what a registry hears of it. */
async function home(present: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "bento-bentos-"));
  const archive = fileURLToPath(new URL("fixtures/registry/home.tar.gz", import.meta.url));
  execFileSync("tar", ["-xzf", archive, "-C", folder, "bentos/summ", "models/tiny/v1"]);
  const hub = await HubServer.start();
  onTestFinished(() => hub[Symbol.asyncDispose]());
  const revision = hub.commit("Google/Bert", files);
  const metadata = { model_id: "google/bert", repo_id: "Google/Bert", revision, endpoint: hub.url, exclude: ["*.txt"] };
  const yaml = join(folder, "bentos/summ/b1/bento.yaml");
  const reference = [
    "- tag: " + JSON.stringify(hubTag),
    "  module: ''",
    "  creation_time: '2026-01-02T03:04:05.000006+00:00'",
    "  registry: huggingface",
  ];
  const details = ["  metadata:", ...Object.entries(metadata).map(([key, value]) => `    ${key}: ${JSON.stringify(value)}`)];
  const text = readFileSync(yaml, "utf8");
  expect(text).toContain("\nmodels: []\n");
  writeFileSync(yaml, text.replace("\nmodels: []\n", `\nmodels:\n${[...reference, ...details].join("\n")}\n`));
  const told: { readonly line: string; readonly json: unknown }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      const isJson = request.headers["content-type"] === "application/json";
      told.push({ line: `${request.method} ${request.url}`, json: isJson ? JSON.parse(body) : undefined });
      const isThere = request.method !== "GET" || present.some((path) => request.url?.endsWith(path));
      response.writeHead(isThere ? 200 : 404, { "content-type": "application/json" });
      response.end(JSON.stringify({ name: "x", version: "v1", upload_status: "success", transmission_strategy: "proxy" }));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
    rmSync(folder, { recursive: true, force: true });
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const registry = new Registry({ endpoint, token: "tok", home: folder, env: { HF_HOME: join(folder, "hf") }, retry: { retries: 0 } });
  return { told, registry, hub, metadata, stores: { store: new FileBentoStore(folder), models: new FileModelStore(folder) } };
}

test("a model of a hub is registered by where it is, and no content of it goes anywhere; what nobody has is named", async () => {
  const { told, registry, hub, metadata, stores } = await home([]);
  const { outcome, models, missing } = await registry.bentos.push("summ:b1", stores);
  expect(outcome).toBe("pushed");
  expect(models.map(({ tag, outcome: each }) => `${tag} ${each}`).toSorted()).toEqual([`${hubTag} pushed`, "tiny:v1 pushed"]);
  expect(missing.map(String)).toEqual(["fancy:v1"]);
  const root = "/api/v1/model_repositories/google--bert";
  const lines = told.map(({ line }) => line).filter((line) => line.includes(root));
  expect(lines).toEqual([`GET ${root}`, `GET ${root}/models/0123456789abcdef0123456789abcdef`, `POST ${root}/models`]);
  expect(told.find(({ line }) => line === `POST ${root}/models`)?.json).toEqual({
    description: "",
    version: "0123456789abcdef0123456789abcdef",
    labels: [],
    build_at: "2026-01-02 03:04:05.000006",
    manifest: {
      module: "",
      api_version: "v1",
      bentoml_version: "1.4.39",
      size_bytes: 10,
      metadata: { registry: "huggingface", include: null, ...metadata, url: `${hub.url}/Google/Bert/tree/${metadata.revision}` },
      context: { framework_name: "huggingface", framework_versions: {}, bentoml_version: "1.4.39", python_version: "3.11.7" },
      options: {},
    },
  });
  expect(hub.requests.filter(({ path }) => path.includes("/resolve/"))).toEqual([]);
});

test("a hub that cannot tell how large a model is holds no push up", async () => {
  const { told, registry, hub, stores } = await home([]);
  hub.fail(/tree/, { status: 404 });
  await registry.bentos.push("summ:b1", stores);
  expect(told.find(({ line }) => line.endsWith("google--bert/models"))?.json).toMatchObject({ manifest: { size_bytes: 0 } });
});

test("what the registry has already is neither sent nor missing", async () => {
  const { registry, stores } = await home(["/fancy", "/fancy/models/v1", "/tiny", "/tiny/models/v1"]);
  const { models, missing } = await registry.bentos.push("summ:b1", stores);
  expect(missing).toEqual([]);
  expect(models.map(({ tag, outcome }) => `${tag} ${outcome}`).toSorted()).toContain("fancy:v1 skipped");
  expect(models.map(({ tag, outcome }) => `${tag} ${outcome}`).toSorted()).toContain("tiny:v1 skipped");
});

test("without its models a bento goes alone", async () => {
  const { told, registry, stores } = await home([]);
  const { models, missing } = await registry.bentos.push("summ:b1", { ...stores, models: false });
  expect([models, missing]).toEqual([[], []]);
  expect(told.filter(({ line }) => line.includes("model_repositories"))).toEqual([]);
});
