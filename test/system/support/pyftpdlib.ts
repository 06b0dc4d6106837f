import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { ensureEnvironment, pythonEnvironment } from "./python.js";

const environment = fileURLToPath(new URL("../../../.cache/venv-pyftpdlib-2.2.0/", import.meta.url));
const script = fileURLToPath(new URL("ftp_server.py", import.meta.url));

/** Who may use it: both have to be escaped in a URL. */
export const pyftpdlibLogin = { user: "us er@home", password: "p@ss:w/rd%20+é" } as const;

/** Installs it, unless it is there. */
export async function ensurePyftpdlib(say: (line: string) => void): Promise<void> {
  const requirements = fileURLToPath(new URL("../requirements-ftp.txt", import.meta.url));
  const check = "import pyftpdlib; assert pyftpdlib.__ver__ == '2.2.0', pyftpdlib.__ver__";
  await ensureEnvironment({ folder: environment, requirements, what: "pyftpdlib 2.2.0", check }, say);
}

/** Python's FTP server on loopback, with a folder of its own. */
export class Pyftpdlib implements AsyncDisposable {
  readonly port: number;
  /** What it shows as `/`. */
  readonly root: string;
  readonly #child: ChildProcess;

  private constructor(port: number, root: string, child: ChildProcess) {
    this.port = port;
    this.root = root;
    this.#child = child;
  }

  /** Installs it from Python's registry if need be, and starts an empty one. */
  static async start({
    clients = 512,
    login = pyftpdlibLogin,
  }: { clients?: number; login?: { user: string; password: string } } = {}): Promise<Pyftpdlib> {
    await ensurePyftpdlib((line) => process.stderr.write(`${line}\n`));
    const root = await mkdtemp(join(tmpdir(), "bento-pyftpdlib-"));
    const child = spawn(`${environment}bin/python`, [script, root, login.user, login.password, String(clients)], {
      env: { PATH: process.env["PATH"], ...pythonEnvironment },
      // It writes a line for each command.
      stdio: ["ignore", "pipe", "ignore"],
    });
    const port = await Promise.race([firstLine(child), once(child, "exit").then(() => "")]);
    if (port === "") throw new Error("pyftpdlib did not start.");
    return new Pyftpdlib(Number(port), root, child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) {
      const ended = once(this.#child, "exit");
      this.#child.kill("SIGKILL");
      await ended;
    }
    await rm(this.root, { recursive: true, force: true });
  }
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout !== null) for await (const line of createInterface({ input: stdout })) return line;
  return "";
}
