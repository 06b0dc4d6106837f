import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "../../support/free-port.js";
import { runCommand } from "../../support/run-command.js";
import { ensureDebianPackages } from "./apt.js";
import { childrenOf } from "./children-of.js";

const user = "registry";
/** A password that has to be escaped in a URL. */
export const postgresPassword = "p@ss:w/rd%";

/** A server of PostgreSQL on loopback, in a folder of its own, by a user who may do nothing else. */
export class PostgresServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #programs: string;
  readonly #owner: Owner;
  #child: ChildProcess | undefined;

  private constructor(port: number, folder: string, programs: string, owner: Owner) {
    this.port = port;
    this.#folder = folder;
    this.#programs = programs;
    this.#owner = owner;
  }

  /** Installs it from Debian if need be, makes an empty one, and starts it. */
  static async start(): Promise<PostgresServer> {
    await ensureDebianPackages(["postgresql"]);
    const owner = await ownerOfServer();
    const folder = await mkdtemp(join(tmpdir(), "bento-postgres-"));
    const passwords = join(folder, "password");
    await writeFile(passwords, postgresPassword);
    for (const path of [folder, passwords]) if (owner !== undefined) await chown(path, owner.uid, owner.gid);
    const server = new PostgresServer(await freePort(), folder, await programsOfServer(), owner);
    // Compares text as people do, unless it is told otherwise: the registry must not depend on it.
    const language = ["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en"];
    await server.#finish("initdb", [
      `--username=${user}`,
      `--pwfile=${passwords}`,
      "--auth=scram-sha-256",
      "--no-sync",
      ...language,
      "-D",
      server.#data,
    ]);
    await server.startAgain();
    return server;
  }

  /** Where a registry finds one of its databases. */
  url(database: string, password = postgresPassword): string {
    return `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${this.port}/${database}`;
  }

  /** Starts it after it was stopped or killed; it has all that was committed. */
  async startAgain(): Promise<void> {
    // Memory that is shared lies in the folder of the server, and goes with it: nobody else takes away what a kill leaves.
    const memory = "dynamic_shared_memory_type=mmap";
    const all = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_connections=60", memory];
    const settings = all.flatMap((setting) => ["-c", setting]);
    const child = spawn(join(this.#programs, "postgres"), ["-D", this.#data, "-p", String(this.port), ...settings], {
      ...this.#owner,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    const said: string[] = [];
    for await (const line of createInterface({ input: child.stderr })) {
      said.push(line);
      if (line.includes("database system is ready to accept connections")) break;
    }
    child.stderr.resume();
    if (child.exitCode !== null) throw new Error(`PostgreSQL ended:\n${said.join("\n")}`);
  }

  /** Ends it: `SIGKILL` as a crash would, `SIGINT` as an administrator, who does not wait for anybody. */
  async stop(signal: "SIGKILL" | "SIGINT"): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    if (signal === "SIGKILL") signalAll(child.pid, signal);
    else child.kill(signal);
    await ended;
  }

  /** Lets it hold its connections and say nothing, or go on. */
  silence(silent: boolean): void {
    if (this.#child?.pid !== undefined) signalAll(this.#child.pid, silent ? "SIGSTOP" : "SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop("SIGKILL");
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 10 });
  }

  get #data(): string {
    return join(this.#folder, "data");
  }

  async #finish(program: string, args: readonly string[]): Promise<void> {
    const child = spawn(join(this.#programs, program), args, { ...this.#owner, cwd: this.#folder, stdio: ["ignore", "ignore", "inherit"] });
    const [code] = (await once(child, "exit")) as [number | null];
    if (code !== 0) throw new Error(`${program} ended with ${code}`);
  }
}

/** Its processes are in groups of their own, so each is told. */
function signalAll(pid: number, signal: NodeJS.Signals): void {
  // It must not start others meanwhile.
  process.kill(pid, "SIGSTOP");
  for (const each of [...childrenOf(pid), pid]) process.kill(each, signal);
}

type Owner = { readonly uid: number; readonly gid: number } | undefined;

/** PostgreSQL refuses to be run by root; Debian's package brings a user for it. */
async function ownerOfServer(): Promise<Owner> {
  if (process.getuid?.() !== 0) return undefined;
  const id = async (flag: string): Promise<number> => Number((await runCommand("id", [flag, "postgres"])).stdout);
  return { uid: await id("-u"), gid: await id("-g") };
}

async function programsOfServer(): Promise<string> {
  const root = "/usr/lib/postgresql";
  const newest = (await readdir(root)).toSorted((a, b) => Number(b) - Number(a))[0];
  if (newest === undefined) throw new Error(`no PostgreSQL in ${root}`);
  return join(root, newest, "bin");
}
