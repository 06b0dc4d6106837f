import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../../support/free-port.js";
import { runCommand } from "../../support/run-command.js";
import { ensureDebianPackages } from "./apt.js";

const packages = ["swift-proxy", "swift-account", "swift-container", "swift-object", "memcached"];
/** Who may use it, as AWS's own tools read it from the environment. */
export const swiftCredentials = { AWS_ACCESS_KEY_ID: "test:tester", AWS_SECRET_ACCESS_KEY: "testing", AWS_REGION: "us-east-1" } as const;

/** OpenStack's object store with its S3 API, on loopback, in a folder of its own: one copy of everything. */
export class SwiftServer implements AsyncDisposable {
  /** Where its S3 API answers. */
  readonly endpoint: string;
  readonly #folder: string;
  readonly #ports: Ports;
  #children: ChildProcess[] = [];

  private constructor(folder: string, ports: Ports) {
    this.endpoint = `http://127.0.0.1:${ports.proxy}`;
    this.#folder = folder;
    this.#ports = ports;
  }

  /** Installs it from Debian if need be, makes an empty one, and starts it. */
  static async start(): Promise<SwiftServer> {
    await ensureDebianPackages(packages);
    const folder = await mkdtemp(join(tmpdir(), "bento-swift-"));
    const ports = {
      proxy: await freePort(),
      account: await freePort(),
      container: await freePort(),
      object: await freePort(),
      cache: await freePort(),
    };
    await mkdir(join(folder, "devices", "disk"), { recursive: true });
    for (const [name, text] of Object.entries(configuration(folder, ports))) await writeFile(join(folder, name), text);
    for (const kind of ["account", "container", "object"] as const) {
      const builder = [join(folder, `${kind}.builder`)];
      await runCommand("swift-ring-builder", [...builder, "create", "4", "1", "1"]);
      await runCommand("swift-ring-builder", [...builder, "add", `r1z1-127.0.0.1:${ports[kind]}/disk`, "1"]);
      await runCommand("swift-ring-builder", [...builder, "rebalance"]);
    }
    const server = new SwiftServer(folder, ports);
    await server.startAgain();
    return server;
  }

  /** Starts it after it was stopped; it has all that it had. */
  async startAgain(): Promise<void> {
    const cache = ["-l", "127.0.0.1", "-p", String(this.#ports.cache), "-u", userName()];
    this.#children.push(spawn("memcached", cache, { detached: true, stdio: "ignore" }));
    for (const kind of ["account", "container", "object", "proxy"] as const) {
      const args = [join(this.#folder, `${kind}.conf`)];
      this.#children.push(spawn(`swift-${kind}-server`, args, { detached: true, stdio: ["ignore", "ignore", "inherit"] }));
    }
    const isHealthy = async (): Promise<boolean> => (await fetch(`${this.endpoint}/healthcheck`).catch(() => undefined))?.status === 200;
    for (let end = Date.now() + 60_000; !(await isHealthy());) {
      if (Date.now() > end || this.#children.some(({ exitCode }) => exitCode !== null)) throw new Error("Swift did not start.");
      await pause(100);
    }
    for (const kind of ["account", "container", "object"] as const) await answering(this.#ports[kind]);
  }

  /** Ends all of it at once, as a crash would. */
  async stop(): Promise<void> {
    const children = this.#children;
    this.#children = [];
    for (const child of children) {
      if (child.exitCode !== null || child.pid === undefined) continue;
      const ended = once(child, "exit");
      process.kill(-child.pid, "SIGKILL");
      await ended;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

type Ports = Readonly<Record<"proxy" | "account" | "container" | "object" | "cache", number>>;

async function answering(port: number): Promise<void> {
  for (let end = Date.now() + 30_000; ; await pause(50)) {
    if ((await fetch(`http://127.0.0.1:${port}/healthcheck`).catch(() => undefined)) !== undefined) return;
    if (Date.now() > end) throw new Error(`Nothing answers on port ${port}.`);
  }
}

function configuration(folder: string, ports: Ports): Readonly<Record<string, string>> {
  const common = (port: number): string =>
    [
      "[DEFAULT]",
      "bind_ip = 127.0.0.1",
      `bind_port = ${port}`,
      `swift_dir = ${folder}`,
      "workers = 0",
      "log_level = ERROR",
      `user = ${userName()}`,
    ].join("\n");
  const storage = (kind: string, port: number): string =>
    [
      common(port),
      `devices = ${join(folder, "devices")}`,
      "mount_check = false",
      "disable_fallocate = true",
      "[pipeline:main]",
      `pipeline = healthcheck ${kind}-server`,
      "[filter:healthcheck]",
      "use = egg:swift#healthcheck",
      `[app:${kind}-server]`,
      `use = egg:swift#${kind}`,
      "",
    ].join("\n");
  const proxy = [
    common(ports.proxy),
    "[pipeline:main]",
    "pipeline = catch_errors gatekeeper healthcheck cache listing_formats bulk s3api tempauth copy slo dlo versioned_writes proxy-server",
    "[app:proxy-server]",
    "use = egg:swift#proxy",
    "account_autocreate = true",
    "allow_account_management = true",
    "[filter:catch_errors]",
    "use = egg:swift#catch_errors",
    "[filter:healthcheck]",
    "use = egg:swift#healthcheck",
    "[filter:listing_formats]",
    "use = egg:swift#listing_formats",
    "[filter:bulk]",
    "use = egg:swift#bulk",
    "[filter:slo]",
    "use = egg:swift#slo",
    "[filter:dlo]",
    "use = egg:swift#dlo",
    "[filter:gatekeeper]",
    "use = egg:swift#gatekeeper",
    "[filter:cache]",
    "use = egg:swift#memcache",
    `memcache_servers = 127.0.0.1:${ports.cache}`,
    "[filter:copy]",
    "use = egg:swift#copy",
    "[filter:versioned_writes]",
    "use = egg:swift#versioned_writes",
    "[filter:s3api]",
    "use = egg:swift#s3api",
    "s3_acl = false",
    "location = us-east-1",
    "dns_compliant_bucket_names = true",
    "[filter:tempauth]",
    "use = egg:swift#tempauth",
    "user_test_tester = testing .admin",
    "",
  ].join("\n");
  return {
    "swift.conf":
      "[swift-hash]\nswift_hash_path_suffix = bento\nswift_hash_path_prefix = bento\n[storage-policy:0]\nname = only\ndefault = yes\n",
    "proxy.conf": proxy,
    "account.conf": storage("account", ports.account),
    "container.conf": storage("container", ports.container),
    "object.conf": storage("object", ports.object),
  };
}

/** It gives up the rights of root for those of a user that it is told. */
function userName(): string {
  return process.getuid?.() === 0 ? "root" : (process.env["USER"] ?? "nobody");
}
