import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../support/free-port.js";
import { fromTarballs, npmInstall, packPackages } from "../support/packed-packages.js";
import { readmeFiles } from "../support/readme.js";
import { runCommand } from "../support/run-command.js";
import { startProgram } from "../support/running-program.js";
import { installedVersion } from "../support/workspace.js";
import { childrenOf } from "./support/children-of.js";
import { isAlive } from "./support/exclusively.js";

const program = fileURLToPath(new URL("support/nextjs", import.meta.url));
/** What the README shows. */
const shown = ["next.config.mjs", "app/api/[...path]/route.js"];

let folder: string;
let project: string;
let env: Readonly<Record<string, string | undefined>>;

// A project of its own outside of the workspace, which Next.js would take for the root of it.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bento-nextjs-"));
  project = join(folder, "project");
  env = { NEXTJS_TEST_FOLDER: folder, NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production", NODE_OPTIONS: "", VITEST: undefined };
  await packPackages(folder);
  await cp(program, project, { recursive: true });
  const readme = await readmeFiles();
  for (const name of shown) {
    const code = readme.get(name);
    if (code === undefined) throw new Error(`The README has no block "file=${name}".`);
    await mkdir(dirname(join(project, name)), { recursive: true });
    await writeFile(join(project, name), code);
  }
  const manifest = JSON.parse(await readFile(join(program, "package.json"), "utf8")) as { readonly dependencies: object };
  const { files: ours, overrides } = fromTarballs(folder);
  const others = Object.fromEntries(["hono", "zod"].map((name) => [name, installedVersion(name)]));
  const dependencies = { ...manifest.dependencies, ...ours, ...others };
  await writeFile(join(project, "package.json"), JSON.stringify({ ...manifest, dependencies, overrides }));
  await npmInstall(project);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const json = (value: unknown) => ({ method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(value) });

interface Place {
  readonly pid: number;
  readonly parent: number;
}

/** Calls until answers have come from two workers. */
async function twoWorkers(api: string): Promise<readonly Place[]> {
  const seen = new Map<number, Place>();
  const ask = async () => {
    const response = await fetch(`${api}/where`, json({}));
    expect(response.status).toBe(200);
    const place = (await response.json()) as Place;
    seen.set(place.pid, place);
    return seen.size;
  };
  await expect.poll(ask, { timeout: 20_000 }).toBe(2);
  return [...seen.values()];
}

/** Asks by a connection of its own: one that is kept goes on being answered when nobody listens any more. */
async function isListening(port: number): Promise<boolean> {
  const socket = connect({ port, host: "127.0.0.1" });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

test("a pool in a route handler of Next.js answers, outlives a worker, and ends with the server", async () => {
  const next = join(project, "node_modules/next/dist/bin/next");
  await runCommand(process.execPath, [next, "build"], { cwd: project, env });
  const diary = () => readFile(join(folder, "diary"), "utf8");
  // Building looks at the route, and starts nothing.
  await expect(diary()).rejects.toThrow("ENOENT");

  const port = await freePort();
  const api = `http://127.0.0.1:${port}/api`;
  await using server = await startProgram({
    file: process.execPath,
    args: [next, "start", "--hostname", "127.0.0.1", "--port", String(port)],
    cwd: project,
    env,
    readyUrl: `${api}/readyz`,
    deadlineMs: 60_000,
  });
  expect(await (await fetch(`${api}/classify`, json({ flowers: [[5.1, 3.5, 1.4, 0.2]] }))).json()).toEqual(["setosa"]);
  const refused = await fetch(`${api}/classify`, json({ flowers: [] }));
  expect([refused.status, await refused.json()]).toEqual([400, expect.anything()]);
  expect(await (await fetch(`${api}/docs.json`)).json()).toMatchObject({ servers: [{ url: "/api" }] });

  const [first, second] = (await twoWorkers(api)) as [Place, Place];
  const parent = first.parent;
  expect(second.parent).toBe(parent);
  expect(new Set(childrenOf(parent))).toEqual(new Set([first.pid, second.pid]));

  process.kill(first.pid, "SIGKILL");
  await expect.poll(() => childrenOf(parent)).not.toContain(first.pid);
  const last = (await twoWorkers(api)).map(({ pid }) => pid);
  expect(new Set(childrenOf(parent))).toEqual(new Set(last));
  expect(last).toContain(second.pid);

  // What is in flight when the server is told to end still gets all of its answer.
  const response = await fetch(`${api}/halves`, json({}));
  const parts = (response.body as ReadableStream<Uint8Array>).getReader();
  const nextPart = async () => new TextDecoder().decode((await parts.read()).value);
  expect(await nextPart()).toBe("first half, ");
  process.kill(parent, "SIGTERM");
  await expect.poll(() => isListening(port), { timeout: 10_000 }).toBe(false);
  await writeFile(join(folder, "go"), "");
  expect(await nextPart()).toBe("second half");
  expect((await parts.read()).done).toBe(true);

  await expect.poll(() => [parent, first.pid, ...last].filter(isAlive), { timeout: 20_000 }).toEqual([]);
  const ended = (await diary()).split("\n").filter((line) => line.startsWith("shut down"));
  expect(ended.toSorted()).toEqual(last.map((pid) => `shut down ${pid}`).toSorted());
  // How Next.js ends after a SIGTERM that it has seen to.
  expect([await server.stop(), server.output()]).toEqual([143, expect.not.stringContaining("Error")]);
});
