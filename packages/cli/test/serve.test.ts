import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { buildBento, runBento } from "./bento.js";

// Real processes on a busy machine take their time.
vi.setConfig({ testTimeout: 60_000 });

/** Inside the workspace, where the packages of a service resolve. */
const cache = fileURLToPath(new URL("../../../.cache/", import.meta.url));
let folder: string;
let bin: string;

const greeter = `import { api, type Args, service } from "@bento/sdk";
import { serve } from "@bento/server";
import { z } from "zod";

const Input = z.object({ ms: z.number().default(0) });

@service({ name: "greeter", traffic: { timeout: 30 } })
export class Greeter {
  @api({ input: Input, output: z.any() })
  async hold({ ms }: Args<typeof Input>, ctx: { worker: { index: number; count: number } }) {
    console.log("entered");
    await new Promise((resolve) => setTimeout(resolve, ms));
    return { pid: process.pid, ...ctx.worker };
  }
}

await using server = await serve(Greeter, { port: 0, workers: 2, entry: import.meta.url });
await server.closed;
`;

const files: Readonly<Record<string, string>> = {
  "package.json": '{"type":"module"}',
  "standard/tsconfig.json": '{"compilerOptions":{"target":"es2022","module":"nodenext"}}',
  "standard/service.ts": greeter,
  "legacy/tsconfig.json":
    '{"compilerOptions":{"target":"es2022","module":"nodenext","experimentalDecorators":true,"emitDecoratorMetadata":true}}',
  "legacy/service.ts": greeter,
  "broken.ts": "export const a = 1;\nexport const b = ;\n",
  "thrown.js": 'throw new RangeError("there is no disk");\n',
  "several.js": `import { defineService } from "@bento/sdk";
export const First = defineService({ name: "first", apis: {} });
export const Second = defineService({ name: "second", apis: {} });
`,
};

beforeAll(() => {
  bin = buildBento();
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(join(cache, "cli-serve-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `bento serve`. */
function launch(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [bin, "serve", ...args], {
    cwd: folder,
    env: { PATH: process.env["PATH"], BENTOML_HOME: join(folder, "home"), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => (stdout += piece));
  child.stderr.setEncoding("utf8").on("data", (piece: string) => (stderr += piece));
  const ended = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  /** Waits until it says something on stderr, and answers with the groups. @throws Error when it ends instead */
  const says = async (what: RegExp): Promise<RegExpExecArray> => {
    await Promise.race([vi.waitUntil(() => what.test(stderr), { timeout: 30_000 }), ended]);
    const said = what.exec(stderr);
    if (said === null) throw new Error(`bento serve ended: ${stdout}${stderr}`);
    return said;
  };
  return { child, says, ended, output: () => stdout, complaints: () => stderr, [Symbol.dispose]: () => void child.kill("SIGKILL") };
}

/** Starts `bento serve`, and waits until it says where. */
async function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const server = launch(args, env);
  return { ...server, url: await urlOf(server) };
}

async function urlOf({ says }: ReturnType<typeof launch>): Promise<string> {
  const [, url = ""] = await says(/is served at (\S+);/);
  return url;
}

interface Place {
  readonly pid: number;
  readonly index: number;
  readonly count: number;
}

const hold = (url: string, ms = 0) =>
  fetch(`${url}/hold`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ ms }) });
const placeOf = async (url: string) => (await (await hold(url)).json()) as Place;

async function isRefused(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    () => false,
    () => true,
  );
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test.each(["standard", "legacy"])("serves TypeScript with %s decorators by two workers, until Ctrl-C", async (world) => {
  using server = await start([`./${world}/service.ts:Greeter`, "--port", "0", "--workers", "2"]);
  const place = await placeOf(server.url);
  expect(place.count).toBe(2);
  expect(place.pid).not.toBe(server.child.pid);
  server.child.kill("SIGINT");
  expect(await server.ended).toEqual([0, null]);
  expect(isAlive(place.pid)).toBe(false);
  expect(server.output()).toMatch(/"msg":"greeter listens on http/);
});

test("--reload serves what was saved last", async () => {
  const file = join(folder, "standard/reloaded.ts");
  writeFileSync(file, greeter);
  using server = await start(["./standard/reloaded.ts", "--port", "0", "--workers", "1", "--reload"]);
  const { pid } = await placeOf(server.url);
  writeFileSync(file, greeter.replace("pid: process.pid", "pid: -process.pid"));
  await vi.waitUntil(async () => (await placeOf(server.url)).pid < 0, { timeout: 30_000 });
  expect((await placeOf(server.url)).pid).not.toBe(-pid);
  server.child.kill("SIGINT");
  expect(await server.ended).toEqual([0, null]);
});

const waits = /Waiting for a file of its project to change; Ctrl-C ends it\.\n/;

test("--reload waits for the repair of what cannot be started, and serves it then", async () => {
  const file = join(folder, "standard/repaired.ts");
  writeFileSync(file, greeter.replace("async hold(", "async hold(("));
  using server = launch(["./standard/repaired.ts:Greeter", "--port", "0", "--workers", "1", "--reload"]);
  await server.says(waits);
  expect(server.complaints()).toMatch(/^error: .*repaired\.ts:10:14: Unexpected token/);
  // It compiles now, but is not what was asked for.
  writeFileSync(file, greeter.replaceAll("Greeter", "Greeting"));
  await server.says(/error: .*repaired\.ts holds no service "Greeter", but greeter/);
  writeFileSync(file, greeter);
  const url = await urlOf(server);
  const { pid } = await placeOf(url);
  writeFileSync(file, greeter.replace("pid: process.pid", "pid: -process.pid"));
  await vi.waitUntil(async () => (await placeOf(url)).pid < 0, { timeout: 30_000 });
  server.child.kill("SIGINT");
  expect(await server.ended).toEqual([0, null]);
  expect(isAlive(pid)).toBe(false);
  await expect(placeOf(url)).rejects.toBeInstanceOf(Error);
});

test("while it waits, Ctrl-C ends it", async () => {
  using server = launch(["thrown.js", "--port", "0", "--reload"]);
  await server.says(waits);
  expect(server.complaints()).toMatch(/^error: thrown\.js cannot be started: there is no disk\nhint: .*\nWaiting/);
  server.child.kill("SIGINT");
  expect(await server.ended).toEqual([0, null]);
});

test("nothing serves on when the command that waited for a repair is killed, and a second signal does not wait there either", async () => {
  const file = join(folder, "standard/late.ts");
  const repaired = async () => {
    writeFileSync(file, "export const nothing = 1;\n");
    const server = launch(["./standard/late.ts", "--port", "0", "--workers", "1", "--reload"]);
    await server.says(waits);
    writeFileSync(file, greeter);
    return { ...server, url: await urlOf(server) };
  };
  using killed = await repaired();
  const { pid } = await placeOf(killed.url);
  killed.child.kill("SIGKILL");
  await vi.waitUntil(() => !isAlive(pid), { timeout: 30_000 });

  using hasty = await repaired();
  const broken = hold(hasty.url, 20_000).catch(() => "broken off");
  await vi.waitUntil(() => hasty.output().includes("entered"));
  hasty.child.kill("SIGTERM");
  await vi.waitUntil(() => isRefused(hasty.url), { timeout: 10_000 });
  hasty.child.kill("SIGTERM");
  expect(await hasty.ended).toEqual([143, null]);
  expect(await broken).toBe("broken off");
});

test("what no change of a file repairs ends it with --reload too", async () => {
  const { exit, stderr } = await runBento(bin, ["serve", join(folder, "several.js:first"), "--reload", "--host", "256.0.0.1"]);
  expect(exit).toBe(1);
  expect(stderr).toMatch(/^error: Cannot listen on 256\.0\.0\.1:3000: .+\nhint: .+\n$/);
  expect((await runBento(bin, ["serve", "nowhere.ts", "--reload"])).stderr).toMatch(/^error: There is no module .*nowhere\.ts/);
});

test("SIGTERM finishes what is in flight, a second one does not wait", async () => {
  using polite = await start(["./standard/service.ts", "-p", "0"]);
  const held = hold(polite.url, 1500);
  await vi.waitUntil(() => polite.output().includes("entered"));
  polite.child.kill("SIGTERM");
  await polite.says(/Finishing the requests in flight; interrupt again to end at once/);
  expect((await held).status).toBe(200);
  expect(await polite.ended).toEqual([0, null]);

  using hasty = await start(["./standard/service.ts", "-p", "0"]);
  const broken = hold(hasty.url, 20_000).catch(() => "broken off");
  await vi.waitUntil(() => hasty.output().includes("entered"));
  hasty.child.kill("SIGTERM");
  await vi.waitUntil(() => isRefused(hasty.url), { timeout: 10_000 });
  hasty.child.kill("SIGTERM");
  expect(await hasty.ended).toEqual([143, null]);
  expect(await broken).toBe("broken off");
});

test("the variables of BentoML are what options are without", async () => {
  const env = { BENTOML_PORT: "0", BENTOML_HOST: "", BENTOML_API_WORKERS: "2", BENTOML_TIMEOUT: "0.2" };
  using server = await start(["standard/service.ts:greeter"], env);
  expect((await placeOf(server.url)).count).toBe(2);
  const late = await hold(server.url, 20_000);
  expect([late.status, await late.json()]).toEqual([
    504,
    expect.objectContaining({ error: "Not able to process the request in 0.2 seconds." }),
  ]);
  using other = await start(["standard/service.ts", "--timeout", "20", "--workers", "1"], env);
  expect(await placeOf(other.url)).toMatchObject({ pid: other.child.pid });
  expect((await hold(other.url, 400)).status).toBe(200);
});

test("a host that is none is told", async () => {
  const { exit, stdout, stderr } = await runBento(bin, ["serve", "--quiet", join(folder, "several.js:first"), "--host", "256.0.0.1"]);
  expect({ exit, stdout }).toEqual({ exit: 1, stdout: "" });
  expect(stderr).toMatch(/^error: Cannot listen on 256\.0\.0\.1:3000: .+\nhint: .+\n$/);
});

test.each([
  ["nowhere.ts", 1, /^error: There is no module .*nowhere\.ts, .+\nhint: .*"\.\/service\.ts:Name"/],
  ["several.js", 1, /^error: .*several\.js holds several services: first, second\.\nhint: Say which .*several\.js:first"/],
  ["several.js:Third", 1, /^error: .*several\.js holds no service "Third", but first, second\.\nhint: /],
  ["broken.ts", 1, /^error: .*broken\.ts:2:18: Expression expected\n 1 \| export const a = 1;\n 2 \| export const b = ;\n {3}: +\^\n$/],
  ["thrown.js", 1, /^error: .*thrown\.js cannot be started: there is no disk\nhint: .*--debug/],
])("%s ends it with %d, and says what to do", async (target, code, message) => {
  const { exit, stdout, stderr } = await runBento(bin, ["serve", join(folder, target), "--port", "0"]);
  expect({ exit, stdout }).toEqual({ exit: code, stdout: "" });
  expect(stderr).toMatch(message);
});

test.each([
  [["--port", "70000"], {}, /'70000' is invalid\. Write a whole number/],
  [["--workers", "none"], {}, /'none' is invalid\. Write a whole number from 1 on, or cpu_count/],
  [[], { BENTOML_TIMEOUT: "soon" }, /'soon' from env 'BENTOML_TIMEOUT' is invalid\. Write seconds/],
])("wrong use is told before anything is loaded: %j %j", async (args, env, message) => {
  const { exit, stderr } = await runBento(bin, ["serve", join(folder, "thrown.js"), ...args], env);
  expect(exit).toBe(2);
  expect(stderr).toMatch(message);
});

/** Whose workers start only while there is a file; they say what they come through. */
const dependent = `import { existsSync } from "node:fs";
import { api, defineService } from "@bento/sdk";
import { z } from "zod";

export const Dependent = defineService({
  name: "dependent",
  apis: { hold: api({ input: z.any(), output: z.any() }, () => ({ pid: process.pid })) },
  startup: async () => {
    console.log("starting");
    if (!existsSync("wanted")) throw new Error("the file is gone");
    while (existsSync("slowly")) await new Promise((resolve) => setTimeout(resolve, 5));
  },
  shutdown: () => console.log("shut down"),
});
`;

test("what ends it during the start lets go of what was started, and a second one does not wait", async () => {
  writeFileSync(join(folder, "dependent.js"), dependent);
  for (const name of ["wanted", "slowly"]) writeFileSync(join(folder, name), "");
  const starting = async () => {
    const server = launch(["dependent.js", "--port", "0", "--workers", "2"]);
    await vi.waitUntil(() => server.output().split("starting").length === 3, { timeout: 30_000 });
    server.child.kill("SIGINT");
    await server.says(/Ending what was started; interrupt again to end at once\.\n/);
    return server;
  };
  using hasty = await starting();
  hasty.child.kill("SIGTERM");
  expect(await hasty.ended).toEqual([143, null]);
  using polite = await starting();
  rmSync(join(folder, "slowly"));
  expect(await polite.ended).toEqual([130, null]);
  expect(polite.output().split("shut down")).toHaveLength(3);
});

test("ended in the middle of a crash loop, it says so and fails", async () => {
  writeFileSync(join(folder, "dependent.js"), dependent);
  writeFileSync(join(folder, "wanted"), "");
  using server = await start(["dependent.js", "--port", "0", "--workers", "2"]);
  const { pid } = await placeOf(server.url);
  rmSync(join(folder, "wanted"));
  process.kill(pid, "SIGKILL");
  const readyz = async () => (await fetch(`${server.url}/readyz`).catch(() => Response.error())).text();
  await expect.poll(readyz, { timeout: 30_000 }).toContain("BENTO_CRASH_LOOP");
  server.child.kill("SIGTERM");
  expect(await server.ended).toEqual([1, null]);
  expect(server.complaints()).toMatch(/^error: The worker dependent\[\d\] died \d+ times in a row\.$/m);
});
