import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Inside the workspace, where the packages resolve, and where nothing of the workspace's own compiler is in force. */
const cache = fileURLToPath(new URL("../../../.cache/", import.meta.url));

/** A folder with these files, gone with its scope. */
export function projectFolder(files: Readonly<Record<string, string>>): Disposable & { readonly path: string } {
  mkdirSync(cache, { recursive: true });
  const path = mkdtempSync(join(cache, "program-"));
  for (const [name, text] of Object.entries({ "package.json": '{"type":"module"}', ...files })) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** What runs a program. */
export interface ProgramOptions {
  readonly args?: readonly string[];
  readonly execArgv?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a file of a project in a process of its own. Its messages are what it tells its test. */
export function runProgram(folder: string, file: string, { args = [], execArgv = [], env = {} }: ProgramOptions = {}) {
  const child = fork(join(folder, file), args, {
    cwd: folder,
    execArgv: [...execArgv],
    env: { ...process.env, NODE_OPTIONS: "", ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (piece: string) => (output += piece));
  const ended = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  const early = ended.then(([code]) => Promise.reject(new Error(`the program ended with ${code}: ${output}`)));
  early.catch(() => undefined);
  return {
    child,
    ended,
    output: () => output,
    /** What it says next. @throws Error when it ends instead */
    said: async () => ((await Promise.race([once(child, "message"), early])) as [string])[0],
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** The processes below a process, however deep. Linux alone. */
export function descendants(of: ChildProcess): readonly number[] {
  const parents = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => parentOf(name)),
  );
  const below = (pid: number): number[] => [...parents].flatMap(([child, parent]) => (parent === pid ? [child, ...below(child)] : []));
  return below(of.pid as number);
}

function parentOf(pid: string): [number, number][] {
  try {
    // What stands before the last parenthesis is the program's name, and may be anything.
    const [, parent] = /.*\) . (\d+) /s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    return [[Number(pid), Number(parent)]];
  } catch {
    return [];
  }
}
