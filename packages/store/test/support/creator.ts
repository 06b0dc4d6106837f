import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("creator.mjs", import.meta.url));

/** What another process is asked to do with a store. */
export interface CreatorTask {
  readonly tag: string;
  readonly content?: string;
  readonly action?: "create" | "delete";
}

/** How that went. */
export type CreatorOutcome = { readonly ok: true } | { readonly ok: false; readonly code: string; readonly message: string };

/** Another process that works on the same home, with the built package. */
export interface Creator extends AsyncDisposable {
  readonly pid: number;
  do(task: CreatorTask): Promise<CreatorOutcome>;
}

/** Starts a process; resolves when it is ready to work. */
export async function startCreator(home: string): Promise<Creator> {
  const child = spawn(process.execPath, [script, home], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done) throw new Error("The other process ended.");
    return line.value;
  };
  await next();
  return {
    pid: child.pid as number,
    do: async (task) => {
      child.stdin.write(`${JSON.stringify(task)}\n`);
      return JSON.parse(await next()) as CreatorOutcome;
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
