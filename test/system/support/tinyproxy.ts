import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../support/free-port.js";
import { ensureDebianPackages } from "./apt.js";
import { WebDaemon } from "./web-daemon.js";

/** Who may use it. */
export const proxyLogin = { user: "clerk", password: "pr0xy-s3cret" } as const;

/** tinyproxy on loopback, for whoever has the password. */
export class TinyProxy implements AsyncDisposable {
  readonly port: number;
  readonly #log: string;
  readonly #daemon: WebDaemon;

  private constructor(port: number, log: string, daemon: WebDaemon) {
    this.port = port;
    this.#log = log;
    this.#daemon = daemon;
  }

  static async start(): Promise<TinyProxy> {
    await ensureDebianPackages(["tinyproxy-bin"]);
    const folder = await mkdtemp(join(tmpdir(), "bento-tinyproxy-"));
    const port = await freePort();
    const log = join(folder, "log");
    const rules = [`Port ${port}`, "Listen 127.0.0.1", `LogFile "${log}"`, "LogLevel Connect", "MaxClients 100", "Timeout 60"];
    await writeFile(join(folder, "conf"), [...rules, `BasicAuth ${proxyLogin.user} ${proxyLogin.password}`, ""].join("\n"));
    const daemon = await WebDaemon.start(folder, port, "tinyproxy", ["-d", "-c", join(folder, "conf")]);
    return new TinyProxy(port, log, daemon);
  }

  /** The first lines of all requests that came through it. */
  async asked(): Promise<readonly string[]> {
    return [...(await readFile(this.#log, "utf8")).matchAll(/Request \(file descriptor \d+\): (.*) HTTP\/1\.1/g)].map(
      ([, line]) => line as string,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon[Symbol.asyncDispose]();
  }
}
