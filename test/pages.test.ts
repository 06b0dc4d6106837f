// The pages that tell by examples how it is used: each file of theirs is compiled, and does what it says.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "./support/free-port.js";
import { blocksOf, commandsOf, png, promisedBy } from "./support/pages.js";
import { runCommand } from "./support/run-command.js";
import { type RunningProgram, startProgram } from "./support/running-program.js";
import { buildPackages, workspaceRoot } from "./support/workspace.js";

const timeout = 120_000;

/** Nothing of the tests around it, for what runs apart from them. */
const env = { VITEST: undefined, VITEST_POOL_ID: undefined, VITEST_WORKER_ID: undefined, NODE_OPTIONS: undefined, NO_COLOR: "1" };

/** What only a browser can run: `test/system/client-page.test.ts`. */
const ofBrowsers = ["page.ts"];

type Fetch = (request: Request) => Promise<Response>;

const pages = await Promise.all(
  ["clients", "hugging-face", "inputs-and-outputs", "models-from-a-registry", "registry", "streams", "testing", "url-inputs"].map(
    async (name) => {
      const page = `docs/${name}.md`;
      const blocks = await blocksOf(page);
      const files = new Map(blocks.flatMap(({ file, text }) => (file === undefined ? [] : [[file, text] as const])));
      return { page, blocks, files, commands: blocks.flatMap(({ language, text }) => (language === "sh" ? commandsOf(text) : [])) };
    },
  ),
);

beforeAll(buildPackages, timeout);

describe.each(pages)("$page", ({ blocks, files, commands }) => {
  const named = [...files.keys()];
  const tests = named.filter((name) => name.endsWith(".test.ts"));
  const handlers = named.filter((name) => files.get(name)?.includes("export default {"));
  const programs = named.filter((name) => ![...tests, "serve.ts"].includes(name) && files.get(name)?.includes("console.log("));
  let folder: string;
  let server: RunningProgram | undefined;
  let address = "";

  beforeAll(async () => {
    await mkdir(`${workspaceRoot}.cache`, { recursive: true });
    folder = await mkdtemp(`${workspaceRoot}.cache/page-`);
    const port = await freePort();
    address = `localhost:${port}`;
    for (const [name, code] of files) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), code.replaceAll("localhost:3000", address).replaceAll("port: 3000", `port: ${port}`));
    }
    await writeFile(join(folder, "dot.png"), png);
    await writeFile(join(folder, "package.json"), '{"type":"module"}');
    const compilerOptions = { target: "ES2022", module: "NodeNext", strict: true, skipLibCheck: true, types: ["node"], rootDir: "." };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
    await runCommand(join(workspaceRoot, "node_modules/.bin/tsc"), ["-p", "."], { cwd: folder });
    if (!files.has("serve.ts")) return;
    server = await startProgram({
      file: "node",
      args: ["serve.js"],
      cwd: folder,
      env,
      readyUrl: `http://${address}/readyz`,
      deadlineMs: 30_000,
    });
  }, timeout);

  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test("each block of code is a file or a command, and each file is run, or says what does not compile", () => {
    expect(named.length).toBeGreaterThan(0);
    const code = blocks.filter(({ language }) => ["ts", "tsx", "js", "javascript", "typescript"].includes(language));
    expect(code.filter(({ file }) => file === undefined)).toEqual([]);
    expect(blocks.filter(({ language }) => ["bash", "shell", "console"].includes(language))).toEqual([]);
    const isImported = (name: string): boolean => [...files.values()].some((text) => text.includes(`"./${name.replace(/\.ts$/, ".js")}"`));
    const isTold = (name: string): boolean => /@ts-expect-error/.test(files.get(name) ?? "");
    const unused = named.filter(
      (name) => ![...tests, ...programs, ...handlers, ...ofBrowsers, "serve.ts"].includes(name) && !isImported(name) && !isTold(name),
    );
    expect(unused).toEqual([]);
  });

  test.each(programs)("%s prints what it says", async (name) => {
    const { stdout } = await runCommand("node", [name.replace(/\.ts$/, ".js")], { cwd: folder, env, timeoutMs: 60_000 });
    expect(stdout.trimEnd().split("\n")).toEqual(promisedBy(files.get(name) ?? ""));
  });

  test.each(handlers)("%s answers what it says", async (name) => {
    const { default: handler } = (await import(join(folder, name.replace(/\.ts$/, ".js")))) as { readonly default: { fetch: Fetch } };
    const answer = await handler.fetch(new Request("http://edge.example", { method: "POST", body: png }));
    const [, promised] = /return .*\/\/ (.*)$/m.exec(files.get(name) ?? "") ?? [];
    expect([answer.status, await answer.text()]).toEqual([200, promised]);
  });

  // One for a page that has any.
  test.each(tests.length > 0 ? [tests.length] : [])(
    "its %i files of tests pass, each test of them",
    async () => {
      const include = JSON.stringify(tests.map((name) => name.replace(/\.ts$/, ".js")));
      await writeFile(join(folder, "vitest.config.js"), `export default { test: { include: ${include} } };`);
      const vitest = join(workspaceRoot, "node_modules/.bin/vitest");
      const { stdout } = await runCommand(vitest, ["run", "--root", folder, "--reporter", "json"], { cwd: folder, env });
      const report = JSON.parse(stdout) as { readonly numPassedTests: number; readonly numTotalTests: number };
      const declared = tests.flatMap((name) => files.get(name)?.match(/^test\(/gm) ?? []);
      expect(report).toMatchObject({ numPassedTests: declared.length, numTotalTests: declared.length });
    },
    timeout,
  );

  test.each(commands.length > 0 ? [commands.length] : [])(
    "its %i commands print what they say",
    async () => {
      const bento = `bento() { "${process.execPath}" "${workspaceRoot}packages/cli/dist/bin.js" "$@"; }`;
      for (const { line, prints } of commands) {
        const script = `${bento}; ${line.replaceAll("localhost:3000", address)}`;
        const { stdout } = await runCommand("sh", ["-c", script], { cwd: folder, env });
        expect({ line, stdout }).toEqual({ line, stdout: prints });
      }
    },
    timeout,
  );
});
