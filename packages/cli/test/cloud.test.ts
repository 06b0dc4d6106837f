// The commands that talk to a registry, against one that is being served.
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { openRegistryTokens, type RegistryServer, serveRegistry } from "@bento/registry-server";
import { FileModelStore } from "@bento/store";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { temporaryFolder, unpackHome } from "./bento.js";
import { FakeTerminal, run } from "./fake-terminal.js";
import { main } from "@bento/cli";

// Disks of busy machines take their time.
vi.setConfig({ testTimeout: 60_000 });

const silent = { info: () => {}, warn: () => {}, error: () => {} };
const served = temporaryFolder();
let registry: RegistryServer;
let token: string;
let home: string;

beforeAll(async () => {
  const data = join(served.path, "registry");
  await using tokens = await openRegistryTokens({ data });
  ({ token } = await tokens.create({ name: "ann", scope: "admin" }));
  registry = await serveRegistry({ data, port: 0, logger: silent });
});
afterAll(async () => {
  await registry.close(0);
  served[Symbol.dispose]();
});

beforeEach(() => {
  for (const name of [
    "BENTO_CLOUD_API_KEY",
    "BENTO_CLOUD_API_ENDPOINT",
    "BENTOCLOUD_API_TOKEN",
    "BENTOCLOUD_ENDPOINT",
    "BENTOML_CLOUD_CONTEXT",
  ])
    vi.stubEnv(name, undefined);
  home = emptyHome();
});

function emptyHome(): string {
  const folder = temporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  return join(folder.path, "home");
}

const bento = (args: string, answers: readonly string[] = [], where = home) => run(["--home", where, ...args.split(" ")], { answers });
const logIn = (more = "", where = home) => bento(`cloud login --endpoint ${registry.url} --api-token ${token}${more}`, [], where);

describe("bento cloud", () => {
  test("login keeps the context where nobody else reads it, and says whose token it is", async () => {
    const { exit, stdout, stderr } = await logIn();
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    expect(stdout).toMatch(
      /^Configured cloud credentials \(context: default\)\.\nLogged in as .*ann.* at .*, http:\/\/127\.0\.0\.1:\d+\.\n$/,
    );
    expect(stdout).not.toContain(token);
    const file = join(home, ".yatai.yaml");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, "utf8")).toContain(token);
    expect(await logIn()).toMatchObject({ exit: 0, stderr: "warning: the context default that was there is replaced\n" });
  });

  test("the token may be piped in, or come from the environment", async () => {
    expect(await bento(`cloud login --endpoint ${registry.url} --api-token -`, [token])).toMatchObject({ exit: 0 });
    expect(await bento(`cloud login --endpoint ${registry.url} --api-token -`)).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining("no token on stdin"),
    });
    vi.stubEnv("BENTOCLOUD_API_TOKEN", token);
    vi.stubEnv("BENTOCLOUD_ENDPOINT", registry.url);
    expect(await bento("cloud login --context other")).toMatchObject({ exit: 0 });
  });

  test("a token that the registry does not take is not kept, and not shown", async () => {
    const { exit, stdout, stderr } = await bento(`cloud login --endpoint ${registry.url} --api-token wrong-token-of-eve`);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: "" });
    expect(stderr).toMatch(/^error: .*HTTP 401.*\nhint: .*log in/);
    expect(stderr).not.toContain("wrong-token-of-eve");
    expect(existsSync(join(home, ".yatai.yaml"))).toBe(false);
  });

  test("the first login under a name makes it the current one; another is chosen; none shows its token", async () => {
    await logIn(" --context staging");
    expect(JSON.parse((await bento("cloud current-context")).stdout)).toMatchObject({
      name: "staging",
      endpoint: registry.url,
      api_token: "***",
    });
    await logIn(" --context live");
    expect(JSON.parse((await bento("cloud list-context")).stdout)).toEqual(["staging", "live"]);
    expect(JSON.parse((await bento("cloud current-context")).stdout)).toMatchObject({ name: "staging" });
    expect(await bento("cloud update-current-context live")).toMatchObject({ exit: 0, stdout: "Successfully switched to context: live\n" });
    expect((await bento("cloud current-context -o yaml")).stdout).toContain("name: live");
    expect(JSON.parse((await bento("cloud current-context --context staging")).stdout)).toMatchObject({ name: "staging" });
    const unknown = await bento("cloud update-current-context absent");
    expect(unknown).toMatchObject({ exit: 1, stderr: expect.stringMatching(/"absent".*\nhint: There are "staging", "live"/) });
  });

  test("the environment beats what is saved, and is said to", async () => {
    await logIn();
    vi.stubEnv("BENTO_CLOUD_API_KEY", "from-the-environment");
    const { stdout } = await bento("cloud current-context");
    expect(JSON.parse(stdout)).toEqual({ name: "__env__", endpoint: "https://cloud.bentoml.com", api_token: "***", email: null });
    expect((await bento("cloud update-current-context default")).stderr).toContain("BENTO_CLOUD_API_KEY is set");
    expect(readFileSync(join(home, ".yatai.yaml"), "utf8")).not.toContain("__env__");
  });

  test("who is not logged in is told how to", async () => {
    const { exit, stderr } = await bento("models list --remote");
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^error: You are not logged in.*\nhint: .*bento cloud login/);
  });

  test("Ctrl-C ends a login that waits for the browser", async () => {
    const terminal = new FakeTerminal({ columns: undefined });
    const ended = main(["--home", home, "cloud", "login", "--endpoint", registry.url], terminal);
    await vi.waitFor(() => expect(terminal.stderr).toContain("Waiting"));
    expect(terminal.stderr).toMatch(/To log in, confirm it on this page:\n {2}http:\/\/127\.0\.0\.1:\d+\/api_tokens\?code=\S+\n/);
    terminal.interrupt("SIGINT");
    expect(await ended).toBe(130);
    expect(existsSync(join(home, ".yatai.yaml"))).toBe(false);
  });
});

describe("push, pull and list", () => {
  test("a model goes to the registry, is listed there, and arrives elsewhere as it was", async () => {
    const store = new FileModelStore(home);
    await store.create("clf:v1", { labels: { stage: "dev" } }, (draft) => draft.write("weights.bin", new Uint8Array(300_000).fill(3)));
    await logIn();
    const pushed = await bento("models push clf");
    expect(pushed).toMatchObject({ exit: 0, stdout: 'Model(tag="clf:v1") pushed.\n' });
    expect(await bento("models push clf:v1")).toMatchObject({ exit: 0, stdout: 'Model(tag="clf:v1") is in the registry already.\n' });
    const forced = await bento("models push clf:v1 --force -o json");
    expect(JSON.parse(forced.stdout)).toMatchObject({ tag: "clf:v1", outcome: "pushed" });
    const listed = await bento("models list --remote -o json clf");
    expect(JSON.parse(listed.stdout)).toMatchObject([{ tag: "clf:v1", status: "success" }]);
    expect((await bento("models list --remote --label stage=live clf -o json")).stdout).toBe("[]\n");
    expect((await bento("models list --remote cl*")).stdout).toMatch(/Tag.*Module.*Size.*Creation Time.*Status\n.*clf:v1/);

    const elsewhere = emptyHome();
    await logIn("", elsewhere);
    const pulled = await bento("models pull clf", [], elsewhere);
    expect(pulled).toMatchObject({ exit: 0, stderr: "", stdout: `Model(tag="clf:v1") pulled, and verified by the registry's digests.\n` });
    const copy = await new FileModelStore(elsewhere).get("clf:v1");
    expect(await copy.verify()).toMatchObject({ status: "ok" });
    expect(Buffer.from(await copy.read("weights.bin")).equals(Buffer.alloc(300_000, 3))).toBe(true);
    expect(await bento("models pull clf:v1", [], elsewhere)).toMatchObject({ stdout: 'Model(tag="clf:v1") is in the store already.\n' });
    expect((await bento("models pull clf:v1 --force -o path", [], elsewhere)).stdout).toBe(`${copy.path}\n`);
  });

  test("a bento goes with its models, and comes with them", async () => {
    const folder = temporaryFolder();
    onTestFinished(() => folder[Symbol.dispose]());
    const full = unpackHome("home", folder.path);
    await logIn("", full);
    const pushed = await bento("push two-step", [], full);
    expect(pushed).toMatchObject({ exit: 0, stderr: "" });
    expect(pushed.stdout).toMatch(/^Model\(tag="[^"]+"\) pushed\.\n[^]*Bento\(tag="two-step:v1"\) pushed\.\n$/);
    await logIn();
    const pulled = await bento("pull two-step");
    expect(pulled).toMatchObject({ exit: 0 });
    expect(pulled.stdout).toMatch(/^Bento\(tag="two-step:v1"\) pulled, and verified[^\n]*\nModel\(tag="[^"]+"\) imported\.\n/);
    expect((await new FileModelStore(home).listTags()).length).toBeGreaterThan(0);
    expect(JSON.parse((await bento("list --remote -o json")).stdout)).toMatchObject([{ tag: "two-step:v1" }]);
  });

  test("what is not there is an error with the registry's words, and nothing comes", async () => {
    await logIn();
    for (const args of ["models pull nope:v1", "models pull nope", "pull nope:v1", "models push nope"]) {
      const { exit, stdout, stderr } = await bento(args);
      expect([args, exit, stdout]).toEqual([args, 1, ""]);
      expect(stderr).toMatch(/^error: .*nope/);
      expect(stderr).not.toContain(token);
    }
    expect(existsSync(join(home, "models", "nope"))).toBe(false);
  });

  test("a registry that is not there is named", async () => {
    vi.stubEnv("BENTO_CLOUD_API_KEY", "some-token");
    vi.stubEnv("BENTO_CLOUD_API_ENDPOINT", "http://127.0.0.1:1");
    const login = await bento("cloud login");
    expect(login).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching(/"http:\/\/127\.0\.0\.1:1".*ECONNREFUSED.*\nhint: Look whether the registry runs/),
    });
    expect(login.stderr).not.toContain("some-token");
  });

  test.each(["models push clf", "models pull clf", "pull clf", "models list --remote"])("Ctrl-C ends bento %s", async (args) => {
    await new FileModelStore(home).create("clf:v1", () => {});
    await logIn();
    const terminal = new FakeTerminal();
    const ended = main(["--home", home, ...args.split(" ")], terminal);
    terminal.interrupt("SIGINT");
    expect(await ended).toBe(130);
    expect(terminal).toMatchObject({ stdout: "", stderr: "error: Interrupted by SIGINT.\n" });
  });

  test("--remote and -o path do not go together", async () => {
    expect(await bento("models list --remote -o path")).toMatchObject({ exit: 2, stderr: expect.stringContaining("lies in no folder") });
  });
});
