import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../../support/free-port.js";
import { runCommand } from "../../support/run-command.js";
import { ensureDebianPackages } from "./apt.js";
import { childrenOf } from "./children-of.js";

/** With which it lets the user `anonymous` in, and nobody else. */
export const vsftpdPassword = "p@ss:w/rd%20+é";

/** How it is to be. */
export interface VsftpdOptions {
  /** `explicit`: only after `AUTH TLS`; `implicit`: from the first byte. Data connections must go on with the session. */
  readonly tls?: "explicit" | "implicit" | undefined;
  /** How many may be connected at once. */
  readonly clients?: number | undefined;
}

/** Debian's vsftpd on loopback, with a folder of its own that everybody who knows the password may write to. */
export class Vsftpd implements AsyncDisposable {
  readonly port: number;
  /** Its certificate, in PEM, where it has one: of `localhost`. */
  readonly certificate: string;
  /** What it shows as `/`: its folder `files` may be written to. */
  readonly root: string;
  readonly #folder: string;
  #child: ChildProcess | undefined;

  private constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
    this.root = join(folder, "root");
    this.certificate = join(folder, "certificate.pem");
  }

  /** Installs it from Debian if need be, and starts an empty one: as root, which it needs to shut itself in. */
  static async start(options: VsftpdOptions = {}): Promise<Vsftpd> {
    await ensureDebianPackages(["vsftpd"]);
    const folder = await mkdtemp(join(tmpdir(), "bento-vsftpd-"));
    const server = new Vsftpd(await freePort(), folder);
    await server.#prepare(options);
    await server.#run();
    return server;
  }

  /** Kills whoever talks to a client at this moment, as a crash would; the server itself goes on. */
  killSessions(): void {
    const sessions = familyOf(this.#child?.pid);
    // Each has two: one that may do nothing but talk, one that opens files for it.
    for (const pid of [...sessions.flatMap(familyOf), ...sessions]) unlessGone(() => process.kill(pid, "SIGKILL"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null) {
      this.killSessions();
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #prepare({ tls, clients }: VsftpdOptions): Promise<void> {
    for (const name of ["root", "root/files", "empty"]) await mkdir(join(this.#folder, name));
    await chmod(this.#folder, 0o755);
    const { stdout } = await runCommand("id", ["-u", "ftp"]);
    await chown(this.root + "/files", Number(stdout), 0);
    await writeFile(join(this.#folder, "passwords"), `${vsftpdPassword}\n`);
    const settings = {
      listen: "YES",
      listen_ipv6: "NO",
      listen_address: "127.0.0.1",
      listen_port: this.port,
      background: "NO",
      anonymous_enable: "YES",
      secure_email_list_enable: "YES",
      email_password_file: join(this.#folder, "passwords"),
      local_enable: "NO",
      write_enable: "YES",
      anon_root: this.root,
      anon_upload_enable: "YES",
      anon_mkdir_write_enable: "YES",
      anon_other_write_enable: "YES",
      anon_world_readable_only: "NO",
      anon_umask: "022",
      secure_chroot_dir: join(this.#folder, "empty"),
      connect_from_port_20: "NO",
      delay_failed_login: 0,
      seccomp_sandbox: "NO",
      max_clients: clients ?? 0,
      ...(tls === undefined ? undefined : await this.#secure(tls)),
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
    await writeFile(join(this.#folder, "vsftpd.conf"), lines.join(""));
  }

  async #secure(tls: "explicit" | "implicit"): Promise<Readonly<Record<string, string>>> {
    const key = join(this.#folder, "key.pem");
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    const request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", ...subject];
    await runCommand("openssl", [...request, "-keyout", key, "-out", this.certificate]);
    return {
      ssl_enable: "YES",
      implicit_ssl: tls === "implicit" ? "YES" : "NO",
      rsa_cert_file: this.certificate,
      rsa_private_key_file: key,
      allow_anon_ssl: "YES",
      force_anon_logins_ssl: "YES",
      force_anon_data_ssl: "YES",
      require_ssl_reuse: "YES",
      ssl_ciphers: "HIGH",
    };
  }

  async #run(): Promise<void> {
    const child = spawn("vsftpd", [join(this.#folder, "vsftpd.conf")], { stdio: ["ignore", "inherit", "inherit"] });
    this.#child = child;
    const end = Date.now() + 30_000;
    const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
      for (; !(await isSo()); await pause(10)) {
        if (Date.now() > end || child.exitCode !== null) throw new Error("vsftpd did not start.");
      }
    };
    let asking: Socket | undefined;
    await until(async () => (asking = await connected(this.port)) !== undefined);
    // Who asks counts as a client until its process is gone.
    await until(() => familyOf(child.pid).length > 0);
    asking?.destroy();
    await until(() => familyOf(child.pid).length === 0);
  }
}

async function connected(port: number): Promise<Socket | undefined> {
  const socket = createConnection({ port, host: "127.0.0.1" });
  return once(socket, "connect").then(() => socket, () => undefined); // prettier-ignore
}

/** The processes that a process has started, as long as it is there. */
function familyOf(pid: number | undefined): readonly number[] {
  return pid === undefined ? [] : (unlessGone(() => childrenOf(pid)) ?? []);
}

/** What is done with a process that may have ended meanwhile. */
function unlessGone<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
