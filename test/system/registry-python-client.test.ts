import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Registry } from "@bento/registry";
import { openRegistryTokens, type RegistryServer, serveRegistry } from "@bento/registry-server";
import { FileModelStore } from "@bento/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.js";
import { type CommandResult, runCommand } from "../support/run-command.js";
import { startProgram } from "../support/running-program.js";
import { pythonCommands, pythonEnvironment, pythonPath } from "./support/python.js";
import { readFolder } from "./support/read-folder.js";
import { temporaryHome, type TemporaryHome } from "./support/temporary-home.js";

/** Models `tiny:v1`, `tiny:v2`, `fancy:v1`, and the bento `summ:b1`, which uses two of them; made by Python. */
const fixture = fileURLToPath(new URL("../fixtures/registry/home.tar.gz", import.meta.url));
const quiet = { info: () => {}, warn: () => {}, error: () => {} };

/** A registry with a token that may write. */
interface StartedRegistry extends AsyncDisposable {
  readonly server: RegistryServer;
  readonly data: string;
  readonly token: string;
}

async function startRegistry(transmission?: "proxy" | "presigned_url"): Promise<StartedRegistry> {
  const home = await temporaryHome();
  await using tokens = await openRegistryTokens({ data: home.path });
  const { token } = await tokens.create({ name: "ann@example.com", scope: "write" });
  const server = await serveRegistry({ data: home.path, port: 0, transmission, logger: quiet });
  const close = async (): Promise<void> => {
    await server.close(1000);
    await home[Symbol.asyncDispose]();
  };
  return { server, data: home.path, token, [Symbol.asyncDispose]: close };
}

async function fixtureHome(): Promise<TemporaryHome> {
  const home = await temporaryHome();
  await runCommand("tar", ["-xzf", fixture, "-C", home.path]);
  return home;
}

/** Runs Python's command in a home. */
function bentoml(home: TemporaryHome, ...args: readonly string[]): Promise<CommandResult> {
  const env = { ...pythonEnvironment, BENTOML_HOME: home.path, COLUMNS: "200" };
  return runCommand(join(pythonCommands, "bentoml"), args, { env, accept: [0, 1] });
}

async function login(home: TemporaryHome, { server, token }: StartedRegistry): Promise<void> {
  const { code, stdout, stderr } = await bentoml(home, "cloud", "login", "--endpoint", server.url, "--api-token", token);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout).toContain("ann@example.com");
}

/** What lies under a tag; Python restores no modes. */
async function contentOf(home: TemporaryHome, kind: "models" | "bentos", tag: string): Promise<object> {
  const content = await readFolder(join(home.path, kind, tag.replace(":", "/")));
  return Object.fromEntries([...content].map(([path, entry]) => [path, entry.kind === "file" ? entry.sha256 : entry.kind]));
}

describe.each(["proxy", "presigned_url"] as const)("the unmodified Python client, by %s", (transmission) => {
  let registry: StartedRegistry;
  let source: TemporaryHome;
  beforeAll(async () => {
    registry = await startRegistry(transmission);
    source = await fixtureHome();
    await login(source, registry);
  });
  afterAll(async () => {
    await registry[Symbol.asyncDispose]();
    await source[Symbol.asyncDispose]();
  });

  /** A home that is logged in and holds nothing. */
  async function emptyHome(): Promise<TemporaryHome> {
    const home = await temporaryHome();
    await login(home, registry);
    return home;
  }

  test("pushes models, skips what is there, pushes it again by force, and pulls what was pushed", async () => {
    for (const tag of ["tiny:v1", "tiny:v2", "fancy:v1"]) {
      expect(await bentoml(source, "models", "push", tag), tag).toMatchObject({ code: 0 });
      const again = await bentoml(source, "models", "push", tag);
      expect({ ...again, stdout: again.stdout.replaceAll(/\s+/g, " ") }).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("already exists"),
      });
    }
    expect(await bentoml(source, "models", "push", "tiny:v1", "--force")).toMatchObject({ code: 0 });
    await using target = await emptyHome();
    for (const tag of ["tiny:v1", "fancy:v1"]) {
      expect(await bentoml(target, "models", "pull", tag), tag).toMatchObject({ code: 0 });
      expect(await contentOf(target, "models", tag), tag).toEqual(await contentOf(source, "models", tag));
    }
    expect(await bentoml(target, "models", "pull", "tiny:v1", "--force")).toMatchObject({ code: 0 });
    expect(await contentOf(target, "models", "tiny:v1")).toEqual(await contentOf(source, "models", "tiny:v1"));
  });

  test("pulls the newest model, where none is named and where latest is", async () => {
    for (const name of ["tiny", "tiny:latest"]) {
      await using target = await emptyHome();
      expect(await bentoml(target, "models", "pull", name)).toMatchObject({ code: 0 });
      expect(await contentOf(target, "models", "tiny:v2"), name).toEqual(await contentOf(source, "models", "tiny:v2"));
    }
  });

  test("pushes a bento with its models, skips it, pushes it by force, and pulls both", async () => {
    expect(await bentoml(source, "push", "summ:b1")).toMatchObject({ code: 0 });
    expect((await bentoml(source, "push", "summ:b1")).stdout).toMatch(/skipped|already exists/);
    expect(await bentoml(source, "push", "summ:b1", "--force")).toMatchObject({ code: 0 });
    await using target = await emptyHome();
    expect(await bentoml(target, "pull", "summ:latest", "--with-models")).toMatchObject({ code: 0 });
    expect(await contentOf(target, "bentos", "summ:b1")).toEqual(await contentOf(source, "bentos", "summ:b1"));
    for (const tag of ["tiny:v1", "fancy:v1"]) {
      expect(await contentOf(target, "models", tag), tag).toEqual(await contentOf(source, "models", tag));
    }
    expect(await bentoml(target, "pull", "summ:b1", "--force")).toMatchObject({ code: 0 });
    expect(await contentOf(target, "bentos", "summ:b1")).toEqual(await contentOf(source, "bentos", "summ:b1"));
  });

  test("lists and finds by its Python API what was pushed", async () => {
    const program = `
import json
from bentoml.cloud import BentoCloudClient
c = BentoCloudClient()
models = [(i.repository.name + ":" + i.version, i.upload_status, [(l.key, l.value) for l in i.labels]) for i in c.model.list().items]
bentos = [(i.repository.name + ":" + i.version, i.upload_status) for i in c.bento.list().items]
print(json.dumps([sorted(models), bentos, c.model.get("tiny").version, c.model.get("tiny", "v1").manifest.metadata, c.bento.get("summ", "latest").version]))
`;
    const { stdout } = await runCommand(pythonPath, ["-c", program], { env: { ...pythonEnvironment, BENTOML_HOME: source.path } });
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toEqual([
      [
        ["fancy:v1", "success", [["owner", "ann"]]],
        [
          "tiny:v1",
          "success",
          expect.arrayContaining([
            ["stage", "dev"],
            ["team", "forêt"],
          ]),
        ],
        ["tiny:v2", "success", [["stage", "prod"]]],
      ],
      [["summ:b1", "success"]],
      "v2",
      { accuracy: 0.93, classes: ["ja", "nein", "多分"], nested: { depth: 2, ratio: 0.5, ok: true } },
      "b1",
    ]);
  });

  test("pulls the newest model that has a label", async () => {
    await using target = await emptyHome();
    const program =
      "from bentoml.cloud import BentoCloudClient; m = BentoCloudClient().model.pull('tiny', query='label:stage=dev'); print(); print(m.tag)";
    const { stdout } = await runCommand(pythonPath, ["-c", program], { env: { ...pythonEnvironment, BENTOML_HOME: target.path } });
    expect(stdout.trim()).toMatch(/\btiny:v1$/);
  });
});

describe("what the Python client is refused", () => {
  let registry: StartedRegistry;
  beforeAll(async () => {
    registry = await startRegistry();
  });
  afterAll(() => registry[Symbol.asyncDispose]());

  const statusOf = async (path: string): Promise<number> =>
    (await fetch(registry.server.url + path, { headers: { "x-yatai-api-token": registry.token } })).status;

  test("a wrong token: it says so, and nothing is kept", async () => {
    await using home = await temporaryHome();
    const { code, stdout, stderr } = await bentoml(home, "cloud", "login", "--endpoint", registry.server.url, "--api-token", "wrong");
    expect({ code, said: /not valid|credentials|Error/i.test(stdout + stderr) }).toEqual({ code: 1, said: true });
    expect((await bentoml(home, "cloud", "list-context")).stdout.trim()).toBe("[]");
  });

  test("a token that was revoked or may only read: nothing is written", async () => {
    await using home = await fixtureHome();
    await using tokens = await openRegistryTokens({ data: registry.data });
    for (const [name, scope] of [
      ["gone", "write"],
      ["reader", "read"],
    ] as const) {
      const { token } = await tokens.create({ name, scope });
      const logged = await bentoml(home, "cloud", "login", "--endpoint", registry.server.url, "--api-token", token);
      expect(logged).toMatchObject({ code: 0 });
      if (name === "gone") await tokens.revoke(name);
      const { code, stderr, stdout } = await bentoml(home, "models", "push", "tiny:v1");
      expect(code, name).toBe(1);
      expect(stdout + stderr, name).toContain(name === "gone" ? "expired or revoked" : "may read");
      expect(await statusOf("/api/v1/model_repositories/tiny"), name).toBe(404);
    }
  });

  test("what is absent or not whole: it says why", async () => {
    await using home = await fixtureHome();
    await login(home, registry);
    const url = `${registry.server.url}/api/v1`;
    const headers = { "x-yatai-api-token": registry.token };
    for (const kind of ["model", "bento"]) {
      const body = JSON.stringify({ version: "v1", manifest: {}, labels: [], description: "" });
      expect((await fetch(`${url}/${kind}_repositories/half/${kind}s`, { method: "POST", headers, body })).status).toBe(200);
    }
    for (const [args, reason] of [
      [["models", "pull", "half:v1"], "has not been finished"],
      [["pull", "half:v1"], "half:v1"],
      [["models", "pull", "none:v1"], "none:v1"],
      [["pull", "none:v1"], "none:v1"],
    ] as const) {
      const { code, stdout, stderr } = await bentoml(home, ...args);
      expect(code, args.join(" ")).toBe(1);
      expect((stdout + stderr).replaceAll(/\s+/g, " "), args.join(" ")).toContain(reason);
      expect(stderr, args.join(" ")).not.toContain("ResponseNotRead");
    }
  });
});

test("a Python service whose model is in the registry alone starts, and answers", { timeout: 120_000 }, async () => {
  await using registry = await startRegistry();
  await using trained = await temporaryHome();
  await using store = new FileModelStore(trained.path);
  await store.create("linear:v1", (draft) => draft.write("weights.json", "[10, 20, 30]"));
  await new Registry({ endpoint: registry.server.url, token: registry.token }).push("linear", { store });
  await using home = await temporaryHome();
  await login(home, registry);
  const folder = join(home.path, "service");
  await mkdir(folder);
  await copyFile(fileURLToPath(new URL("support/start/linear.py", import.meta.url)), join(folder, "linear.py"));
  const url = `http://127.0.0.1:${await freePort()}`;
  await using _service = await startProgram({
    file: join(pythonCommands, "bentoml"),
    args: ["serve", "linear:Linear", "--host", "127.0.0.1", "--port", new URL(url).port],
    cwd: folder,
    env: { ...pythonEnvironment, BENTOML_HOME: home.path },
    readyUrl: `${url}/readyz`,
    deadlineMs: 60_000,
  });
  const body = JSON.stringify({ features: [1, 2, 3] });
  const answer = await fetch(`${url}/predict`, { method: "POST", headers: { "content-type": "application/json" }, body });
  expect(await answer.json()).toBe(140);
});
