import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "../../support/free-port.js";
import { ensureEnvironment } from "./python.js";

const environment = fileURLToPath(new URL("../../../.cache/venv-seaweedfs-4.48/", import.meta.url));
const requirements = fileURLToPath(new URL("../requirements-seaweedfs.txt", import.meta.url));

/** The host that buckets stand before, as in `bucket.s3.example`: nobody resolves it. */
export const seaweedDomain = "s3.seaweed.example";
/** Who may do everything. */
export const seaweedKeys = { user: "tester", password: "a-secret/of+the=tests" } as const;

/** SeaweedFS with its S3 API, on loopback, in a folder of its own. Anybody may read the bucket `public`. */
export class SeaweedServer implements AsyncDisposable {
  /** Where its S3 API answers. */
  readonly endpoint: string;
  readonly #folder: string;
  readonly #child: ChildProcess;

  private constructor(endpoint: string, folder: string, child: ChildProcess) {
    this.endpoint = endpoint;
    this.#folder = folder;
    this.#child = child;
  }

  /** Installs it from Python's registry if need be, and starts an empty one. */
  static async start(): Promise<SeaweedServer> {
    const check = "import os, sys; assert os.access(os.path.join(sys.prefix, 'bin', 'weed'), os.X_OK)";
    await ensureEnvironment({ folder: environment, requirements, what: "SeaweedFS", check });
    const folder = await mkdtemp(join(tmpdir(), "bento-seaweedfs-"));
    const identities = [
      { name: "anonymous", actions: ["Read:public", "List:public"] },
      {
        name: "tester",
        credentials: [{ accessKey: seaweedKeys.user, secretKey: seaweedKeys.password }],
        actions: ["Admin", "Read", "Write", "List"],
      },
    ];
    await writeFile(join(folder, "s3.json"), JSON.stringify({ identities }));
    const port = await freePort();
    const child = spawn(`${environment}bin/weed`, await argumentsOf(folder, port), {
      stdio: "ignore",
      env: { ...process.env, HOME: folder },
    });
    const server = new SeaweedServer(`http://127.0.0.1:${port}`, folder, child);
    await server.#answering();
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.pid !== undefined) {
      const ended = once(this.#child, "exit");
      this.#child.kill("SIGKILL");
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Waits until it answers, which its S3 part does last. */
  async #answering(): Promise<void> {
    for (let end = Date.now() + 60_000; (await fetch(this.endpoint).catch(() => undefined))?.status !== 200; await pause(100)) {
      if (Date.now() > end || this.#child.exitCode !== null) throw new Error("SeaweedFS did not start.");
    }
  }
}

async function argumentsOf(folder: string, port: number): Promise<readonly string[]> {
  const own: Record<string, string> = { dir: folder, ip: "127.0.0.1", "ip.bind": "127.0.0.1", "s3.port": String(port) };
  for (const name of [
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "s3.port.grpc",
  ]) {
    own[name] = String(await freePort());
  }
  const settings = {
    ...own,
    filer: "true",
    s3: "true",
    "s3.config": join(folder, "s3.json"),
    "s3.domainName": seaweedDomain,
    "s3.port.iceberg": "0",
    "s3.autoCreateBucket": "false",
    "master.electionTimeout": "1s",
    "master.telemetry": "false",
    "master.volumeSizeLimitMB": "1024",
    "volume.max": "30",
    "volume.preStopSeconds": "0",
  };
  return ["server", ...Object.entries(settings).map(([name, value]) => `-${name}=${value}`)];
}
