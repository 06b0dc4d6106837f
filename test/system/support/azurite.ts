import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../../support/free-port.js";
import { runCommand } from "../../support/run-command.js";
import { workspaceRoot } from "../../support/workspace.js";
import { exclusively } from "./exclusively.js";

/** The newest that runs on Node 20. */
const version = "3.35.0";
const installed = join(workspaceRoot, ".cache", `azurite-${version}`);

/** Azure's own emulator of its blobs, on loopback, in a folder of its own. */
export class Azurite implements AsyncDisposable {
  /** What everybody knows of it. */
  readonly account = "devstoreaccount1";
  readonly key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
  /** Of the service, with the account. */
  readonly endpoint: string;
  readonly port: number;
  readonly #folder: string;
  readonly #child: ChildProcess;

  private constructor(port: number, folder: string, child: ChildProcess) {
    this.port = port;
    this.endpoint = `http://127.0.0.1:${port}/${this.account}`;
    this.#folder = folder;
    this.#child = child;
  }

  /** Installs it from npm if need be, and starts an empty one. */
  static async start(): Promise<Azurite> {
    await install();
    const folder = await mkdtemp(join(tmpdir(), "bento-azurite-"));
    const port = await freePort();
    const options = ["--blobHost", "127.0.0.1", "--blobPort", String(port), "--location", folder, "--silent"];
    // The newest version of the service is younger than the emulator.
    const script = join(installed, "node_modules", "azurite", "dist", "src", "blob", "main.js");
    const child = spawn(process.execPath, [script, ...options, "--skipApiVersionCheck", "--disableTelemetry"], { stdio: "ignore" });
    const server = new Azurite(port, folder, child);
    const answers = async (): Promise<boolean> => (await fetch(server.endpoint).catch(() => undefined)) !== undefined;
    for (let end = Date.now() + 30_000; !(await answers()); await pause(50)) {
      if (Date.now() > end || child.exitCode !== null) throw new Error("Azurite did not start.");
    }
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) {
      const ended = once(this.#child, "exit");
      this.#child.kill("SIGKILL");
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function install(): Promise<void> {
  const done = join(installed, ".installed");
  await exclusively(`${installed}.lock`, async () => {
    if (await access(done).then(() => true, () => false)) return; // prettier-ignore
    await mkdir(installed, { recursive: true });
    await writeFile(join(installed, "package.json"), JSON.stringify({ private: true, dependencies: { azurite: version } }));
    await runCommand("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: installed });
    await writeFile(done, "");
  });
}
