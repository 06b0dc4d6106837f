import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("on_terminal.py", import.meta.url));

/** Once `until` has been printed, since the last step: types, changes the width, or writes a file. */
export type TerminalStep = { readonly until: string } & (
  | { readonly type: string }
  | { readonly columns: number }
  | { readonly save: string; readonly text: string }
);

/** What a program is run with. */
interface TerminalOptions {
  readonly columns?: number;
  readonly steps?: readonly TerminalStep[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

/**
 * Runs a program on a real terminal, and types into it.
 * @returns what it printed, and its exit code
 * @throws Error when it did not get as far as the last step
 */
export async function runOnTerminal(argv: readonly string[], options: TerminalOptions = {}): Promise<{ printed: string; status: number }> {
  const { columns = 80, steps = [], env = {}, cwd } = options;
  const child = spawn("python3", [script], { cwd, env: { ...process.env, TERM: "xterm", ...env }, stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify({ argv, columns, steps }));
  const answer = JSON.parse(await text(child.stdout)) as { printed: string; status: number; left: number };
  if (answer.left > 0)
    throw new Error(`${argv.join(" ")} ended with ${answer.status} before step ${steps.length - answer.left + 1}:\n${answer.printed}`);
  return answer;
}
