import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.js";
import { startProgram } from "../support/running-program.js";
import { workspaceRoot } from "../support/workspace.js";
import { bentoOnPath } from "./support/bento-command.js";
import { runOnTerminal, type TerminalStep } from "./support/on-terminal.js";

let folder: string;
let env: Readonly<Record<string, string | undefined>>;

beforeAll(async () => {
  // Inside the workspace, where the packages of a service resolve.
  await mkdir(join(workspaceRoot, ".cache"), { recursive: true });
  folder = await mkdtemp(join(workspaceRoot, ".cache", "serve-terminal-"));
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  env = { PATH: await bentoOnPath(folder), BENTOML_HOME: join(folder, "home"), NO_COLOR: undefined, FORCE_COLOR: undefined };
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const service = (body = "return 1;") => `import { api, defineService } from "@bento/sdk";
import { z } from "zod";

export const One = defineService({ name: "one", workers: 2, apis: { one: api({ input: z.object({}), output: z.int() }, () => { ${body} }) } });
`;

const serve = (args: string, steps: readonly TerminalStep[], more: typeof env = {}) =>
  runOnTerminal(["bento", "serve", ...args.split(" ")], { env: { ...env, ...more }, steps, columns: 120, cwd: folder });

const ctrlC = "\u0003";

test("before a person it waits for the repair, reloads what is saved, tells it as text, and one Ctrl-C is one", async () => {
  const file = join(folder, "service.ts");
  await writeFile(file, service("return (;"));
  const { printed, status } = await serve("service.ts --port 0", [
    { until: "Waiting for a file of its project to change; Ctrl-C ends it.", save: file, text: service() },
    { until: "What you save is served at once. Ctrl-C stops it.", save: file, text: service("return );") },
    { until: "one goes on as it was: ", save: file, text: service("return 2;") },
    { until: "one was reloaded in ", type: ctrlC },
  ]);
  expect(status).toBe(0);
  expect(printed).toMatch(/error: .*service\.ts:4:\d+: Expression expected\r\n/);
  expect(printed).toContain("\r\nservice.ts changed.\r\n");
  expect(printed).toMatch(/\d\d:\d\d:\d\d\S* one listens on http:\S+, and 2 worker processes take the calls\r\n/);
  expect(printed).toMatch(/\d\d:\d\d:\d\d\S* \S*error: one goes on as it was: .*service\.ts:4:\d+: Expression expected\r\n/);
  expect(printed).not.toContain('{"level"');
});

test("workers that share the port tell their requests as text too, without colours where nobody wants them", async () => {
  const file = join(folder, "asking.ts");
  // Each worker asks, again and again.
  await writeFile(
    file,
    service().replace('name: "one"', 'name: "one", startup: ask').concat(`
function ask() {
  const url = "http://127.0.0.1:" + process.env.ASKED_PORT + "/one";
  const options = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };
  setInterval(() => fetch(url, options).catch(() => undefined), 100);
}
`),
  );
  const port = await freePort();
  const steps = [
    { until: "Ctrl-C stops it.", columns: 100 },
    { until: "POST /one 200 ", type: ctrlC },
  ];
  const { printed, status } = await serve(`asking.ts --no-reload --port ${port}`, steps, { NO_COLOR: "1", ASKED_PORT: String(port) });
  expect(status).toBe(0);
  expect(printed).toMatch(/\d\d:\d\d:\d\d one\[[12]\] POST \/one 200 \d+(?:\.\d)? ms\r\n/);
  expect(printed).not.toContain("\u001B[");
});

describe("without being asked for, files are watched", () => {
  /** What may be replaced runs in a process of its own, which the first line of the log tells. */
  const isWatching = "1 worker process takes the calls";
  const inTheEnd = { until: "Ctrl-C", type: ctrlC };
  const files = ["watched.ts", "watched.js"];
  beforeAll(async () => {
    for (const file of files) await writeFile(join(folder, file), service().replace("workers: 2, ", ""));
  });

  test("on a terminal, for TypeScript, unless it is forbidden", async () => {
    expect((await serve("watched.ts:One --port 0", [inTheEnd])).printed).toContain(isWatching);
    const { printed, status } = await serve("watched.ts:One --port 0 --no-reload", [inTheEnd]);
    expect(status).toBe(0);
    expect(printed).toContain("one listens on http://");
    expect(printed).not.toContain(isWatching);
  });

  test("but not for JavaScript", async () => {
    const { printed, status } = await serve("watched.js --port 0", [inTheEnd]);
    expect(status).toBe(0);
    expect(printed).toContain("one listens on http://");
    expect(printed).not.toContain(isWatching);
    expect((await serve("watched.js --port 0 --reload", [inTheEnd])).printed).toContain(isWatching);
  });

  test("nor in a pipe", async () => {
    const urlOf = (printed: string) => /http:\/\/[\d.]+:\d+/.exec(printed)?.[0];
    await using server = await startProgram({
      file: "bento",
      args: ["serve", "watched.ts", "--port", "0"],
      cwd: folder,
      env,
      readyUrl: (printed) => urlOf(printed)?.concat("/readyz"),
      deadlineMs: 60_000,
    });
    // Where it is served, the command says by itself, before the log is written.
    await expect.poll(() => server.output(), { timeout: 10_000 }).toContain("one listens on http://");
    expect(server.output()).not.toContain(isWatching);
    expect(await server.stop()).toBe(0);
  });
});
