import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "./support/free-port.js";
import { png, promisedBy } from "./support/pages.js";
import { readmeFiles, readmeText } from "./support/readme.js";
import { runCommand } from "./support/run-command.js";
import { startProgram } from "./support/running-program.js";
import { buildPackages, workspaceRoot } from "./support/workspace.js";

const timeout = 120_000;
const flowers = { method: "POST", headers: { "content-type": "application/json" }, body: '{"flowers":[[5.1,3.5,1.4,0.2]]}' };

/** Inside the workspace, where the packages and the frameworks of the README resolve. */
let folder: string;
let home: string;

beforeAll(async () => {
  await buildPackages();
  await mkdir(join(workspaceRoot, ".cache"), { recursive: true });
  folder = await mkdtemp(join(workspaceRoot, ".cache", "readme-"));
  home = await mkdtemp(join(tmpdir(), "bento-readme-"));
  for (const [name, code] of await readmeFiles()) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), code);
  }
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  const compilerOptions = { strict: true, skipLibCheck: true, types: ["node"], allowJs: true, outDir: "dist", rootDir: "." };
  const config = { compilerOptions: { target: "ES2022", module: "NodeNext", ...compilerOptions }, include: ["*.ts", "*.js"] };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  await runCommand(join(workspaceRoot, "node_modules/.bin/tsc"), ["-p", "."], { cwd: folder });
  await runCommand("node", ["dist/save.js"], { cwd: folder, env: { BENTOML_HOME: home } });
}, timeout);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await rm(home, { recursive: true, force: true });
});

test.each(["embed-hono", "embed-express", "embed-fastify"])(
  "%s answers below its prefix",
  async (name) => {
    const addressOf = (printed: string) => /http:\/\/\S+:\d+\/iris/.exec(printed)?.[0].replace("[::1]", "localhost");
    await using server = await startProgram({
      file: "node",
      args: [`dist/${name}.js`],
      cwd: folder,
      env: { BENTOML_HOME: home, PORT: "0" },
      readyUrl: (printed) => addressOf(printed)?.concat("/readyz"),
      deadlineMs: 30_000,
    });
    const response = await fetch(`${addressOf(server.output())}/classify`, flowers);
    expect(await response.json()).toEqual(["setosa"]);
  },
  timeout,
);

test(
  "images and tensors come through the typed client, and through bento client",
  async () => {
    const port = await freePort();
    const bento = join(workspaceRoot, "packages/cli/dist/bin.js");
    await writeFile(join(folder, "cat.png"), png);
    await using _server = await startProgram({
      file: "node",
      args: [bento, "serve", "./pictures.ts:Pictures", "--port", String(port)],
      cwd: folder,
      env: { BENTOML_HOME: home },
      readyUrl: `http://localhost:${port}/readyz`,
      deadlineMs: 30_000,
    });
    const env = { PICTURES_URL: `http://localhost:${port}` };
    const { stdout } = await runCommand("node", ["dist/look.js"], { cwd: folder, env });
    expect(stdout.trimEnd().split("\n")).toEqual(promisedBy((await readmeFiles()).get("look.ts") ?? ""));

    const [, words = "", promised] = /^npx bento client (localhost:3000 measure .*?) +# (.*)$/m.exec(await readmeText()) ?? [];
    const args = words.replace("3000", String(port)).split(" ");
    expect((await runCommand("node", [bento, "client", ...args], { cwd: folder })).stdout).toBe(`${promised}\n`);
  },
  timeout,
);

test(
  "a pool in an app that has a server answers below its prefix, and ends with it",
  async () => {
    const addressOf = (printed: string) => /http:\/\/\S+:\d+\/iris/.exec(printed)?.[0];
    await using server = await startProgram({
      file: "node",
      args: ["dist/embed-workers.js"],
      cwd: folder,
      env: { BENTOML_HOME: home, PORT: "0" },
      readyUrl: (printed) => addressOf(printed)?.concat("/readyz"),
      deadlineMs: 30_000,
    });
    const response = await fetch(`${addressOf(server.output())}/classify`, flowers);
    expect(await response.json()).toEqual(["setosa"]);
    expect(await server.stop()).toBe(0);
  },
  timeout,
);

test(
  "a server that is to stay up takes its options, and a SIGTERM",
  async () => {
    const urlOf = (printed: string) => /"url":"([^"]+)"/.exec(printed)?.[1];
    await using server = await startProgram({
      file: "node",
      args: ["dist/staying-up.js"],
      cwd: folder,
      env: { BENTOML_HOME: home, PORT: "0" },
      readyUrl: (printed) => urlOf(printed)?.concat("/readyz"),
      deadlineMs: 30_000,
    });
    const response = await fetch(`${urlOf(server.output())}/classify`, flowers);
    expect(await response.json()).toEqual(["setosa"]);
    expect(server.output()).toContain("2 worker processes take the connections");
    expect(await server.stop()).toBe(0);
  },
  timeout,
);

test(
  "the test of the README passes as it stands",
  async () => {
    await writeFile(join(folder, "vitest.config.js"), "export default { test: { include: ['dist/iris.test.js'] } };");
    const { stdout, stderr } = await runCommand(join(workspaceRoot, "node_modules/.bin/vitest"), ["run", "--root", folder], {
      cwd: folder,
      env: { VITEST: undefined, VITEST_POOL_ID: undefined, VITEST_WORKER_ID: undefined, NO_COLOR: "1" },
    });
    expect(`${stdout}${stderr}`).toMatch(/Tests\s+1 passed/);
  },
  timeout,
);

test("a model is carried to another store, by file and by stream", async () => {
  const { stdout } = await runCommand("node", ["dist/carry.js", home], { cwd: folder, env: { BENTOML_HOME: home } });
  expect(stdout).toMatch(/^(transfer \d+ of \d+\n)*finish (\d+) of \2\nimported iris:\w{16}, ok\nimported iris:copy\n$/);
});

test(
  "a service that is named by its file is served by two processes, from TypeScript",
  async () => {
    const { stdout } = await runCommand("node", ["dist/serve-by-file.js"], { cwd: folder, env: { BENTOML_HOME: home } });
    expect(stdout).toContain("[ 'setosa' ]");
    expect(stdout).toContain('"workers":2');
  },
  timeout,
);

test.each([
  [
    "a machine with two GPUs",
    'printf "GPU %s: NVIDIA H100 (UUID: GPU-%s)\\n" 0 5ba4 1 8932',
    /^worker (1 of 2, GPU 0|2 of 2, GPU 1), cuda:0$/m,
  ],
  ["a machine without any", "exit 0", /^worker [12] of 2, GPU none, cpu$/m],
])(
  "workers know their GPUs on %s",
  async (_, script, expected) => {
    const bin = await mkdtemp(join(tmpdir(), "bento-readme-bin-"));
    try {
      await writeFile(join(bin, "nvidia-smi"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      const env = { BENTOML_HOME: home, PATH: `${bin}:${process.env["PATH"]}`, CUDA_VISIBLE_DEVICES: undefined };
      const { stdout } = await runCommand("node", ["dist/serve-captions.js"], { cwd: folder, env });
      expect(stdout).toMatch(expected);
    } finally {
      await rm(bin, { recursive: true });
    }
  },
  timeout,
);

test("plain JavaScript opens and closes a server", async () => {
  const { stdout } = await runCommand("node", ["plain-serve.js"], { cwd: folder, env: { BENTOML_HOME: home } });
  expect(stdout).toContain("Hello, Ada!");
});

test(
  "a model goes to a registry, and from there to another machine",
  async () => {
    const bento = join(workspaceRoot, "packages/cli/dist/bin.js");
    const registry = await mkdtemp(join(tmpdir(), "bento-readme-registry-"));
    const [, block = ""] = /^```sh\n(bento registry serve.*?)^```$/ms.exec(await readmeText()) ?? [];
    const port = await freePort();
    const commands = block
      .trimEnd()
      .split("\n")
      .map((line) => line.replace(/ +#.*/, "").replace("3700", String(port)).split(" ").slice(1));
    const [serve = [], create = [], login = [], push = [], pull = []] = commands;
    expect(commands).toHaveLength(5);
    const env = { BENTO_REGISTRY_DATA: join(registry, "data"), BENTO_REGISTRY_PORT: String(port), BENTOML_HOME: home };
    try {
      await using _server = await startProgram({
        file: "node",
        args: [bento, ...serve],
        cwd: folder,
        env,
        readyUrl: `http://127.0.0.1:${port}/api/v1/auth/code`,
        deadlineMs: 30_000,
      });
      const run = (args: readonly string[], machine: string) =>
        runCommand("node", [bento, ...args], { cwd: folder, env: { ...env, BENTOML_HOME: machine } });
      const token = (await run(create, home)).stdout.trim();
      const there = join(registry, "there");
      for (const machine of [home, there])
        await run(
          login.map((word) => word.replace("TOKEN", token)),
          machine,
        );
      expect((await run(push, home)).stdout).toMatch(/iris:\w+"\) pushed/);
      expect((await run(pull, there)).stdout).toMatch(/iris:\w+"\) pulled/);
      expect((await run(["models", "verify", "iris"], there)).stdout).toContain("ok");
    } finally {
      await rm(registry, { recursive: true, force: true });
    }
  },
  timeout,
);
