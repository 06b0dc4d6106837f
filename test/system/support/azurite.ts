import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
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

  /** A new container, asked for as Azure's description of its API has it, without any library. */
  async makeContainer(name: string): Promise<void> {
    const answer = await fetch(`${this.endpoint}/${name}?restype=container&${this.signature({ permissions: "c" })}`, { method: "PUT" });
    if (answer.status !== 201) throw new Error(`Azurite answered ${answer.status}: ${await answer.text()}`);
  }

  /** Blocks and blobs of a container that nobody sees, as they never became whole. */
  async uncommitted(container: string): Promise<readonly string[]> {
    const query = `restype=container&comp=list&include=uncommittedblobs&${this.signature({ permissions: "l" })}`;
    const text = await (await fetch(`${this.endpoint}/${container}?${query}`)).text();
    return [...text.matchAll(/<Name>([^<]*)<\/Name>/g)].flatMap(([, name]) => name ?? []);
  }

  /**
   * A shared access signature of the account, for a while from now.
   * @source Azure: Create an account SAS
   */
  signature({ permissions, hours = 1 }: { readonly permissions: string; readonly hours?: number }): string {
    const expiry = new Date(Date.now() + hours * 3_600_000).toISOString().replace(/\.\d+/, "");
    const [signedVersion, services, types] = ["2018-11-09", "b", "sco"];
    const signed = [this.account, permissions, services, types, "", expiry, "", "", signedVersion, ""].join("\n");
    const sig = createHmac("sha256", Buffer.from(this.key, "base64")).update(signed).digest("base64");
    return String(new URLSearchParams({ sv: signedVersion, ss: services, srt: types, sp: permissions, se: expiry, sig }));
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
