import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { freePort } from "../../support/free-port.js";
import { runCommand } from "../../support/run-command.js";
import { ensureDebianPackages } from "./apt.js";
import { childrenOf } from "./children-of.js";

/** An account of this machine that exists for one test. */
export interface Account extends AsyncDisposable {
  readonly user: string;
  readonly password: string;
}

/** Debian's sshd on loopback, in a folder of its own: this user may log in with a key, and accounts that were made with their password. */
export class OpenSshServer implements AsyncDisposable {
  /** Holds `home`, which tests may take for `HOME`, `data` for files, and keys: `host_ed25519`, `host_rsa`, `client` and `encrypted`, whose passphrase is `passphrase`. */
  readonly folder: string;
  readonly port: number;
  readonly user: string = userInfo().username;
  readonly #child: ChildProcess;

  private constructor(folder: string, port: number, child: ChildProcess) {
    this.folder = folder;
    this.port = port;
    this.#child = child;
  }

  /** @param settings more lines of `sshd_config` */
  static async start(settings: readonly string[] = []): Promise<OpenSshServer> {
    await ensureDebianPackages(["openssh-server", "openssh-client"]);
    const folder = await mkdtemp(join(tmpdir(), "bento-sshd-"));
    // Accounts made for a test must be able to go through.
    await chmod(folder, 0o755);
    for (const name of ["home/.ssh", "data"]) await mkdir(join(folder, name), { recursive: true });
    await Promise.all([
      makeKey(folder, "host_ed25519", ["-t", "ed25519"]),
      makeKey(folder, "host_rsa", ["-t", "rsa", "-b", "2048"]),
      makeKey(folder, "client", ["-t", "ed25519"]),
      makeKey(folder, "encrypted", ["-t", "ecdsa", "-a", "1"], "passphrase"),
    ]);
    const keys = await Promise.all(["client.pub", "encrypted.pub"].map((name) => readFile(join(folder, name), "utf8")));
    await writeFile(join(folder, "authorized_keys"), keys.join(""));
    const port = await freePort();
    await writeFile(join(folder, "sshd_config"), configuration(folder, port, settings));
    // It wants a folder for its children that give up their rights, which only Debian's own start makes.
    if (process.getuid?.() === 0) await mkdir("/run/sshd", { recursive: true });
    const child = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", join(folder, "sshd_config")], { stdio: ["ignore", "ignore", "pipe"] });
    await listening(child);
    return new OpenSshServer(folder, port, child);
  }

  /** The name of a file of the server. */
  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  /** A line of `known_hosts` for it. */
  async knownHost(key: "host_ed25519" | "host_rsa" = "host_ed25519"): Promise<string> {
    return `[127.0.0.1]:${this.port} ${await readFile(this.path(`${key}.pub`), "utf8")}`;
  }

  /** Makes an account whose home is a folder of the server, with a password that nobody else knows. */
  async account(): Promise<Account> {
    const user = `bento-${randomBytes(4).toString("hex")}`;
    const password = `p@ss:w/rd ${randomBytes(6).toString("hex")}`;
    const { stdout } = await runCommand("openssl", ["passwd", "-6", password]);
    await asRoot("useradd", "--create-home", "--home-dir", this.path(user), "--password", stdout.trim(), user);
    return { user, password, [Symbol.asyncDispose]: () => asRoot("userdel", "--remove", "--force", user) };
  }

  /** Ends every session at once, as a network that breaks would; new ones are let in. @returns how many there were */
  killSessions(): number {
    const sessions = childrenOf(this.#child.pid as number);
    for (const pid of sessions) {
      try {
        // Those of other users have a child that gave up its rights.
        for (const below of [...childrenOf(pid), pid]) process.kill(below, "SIGKILL");
      } catch (error) {
        if (!(error instanceof Error && "code" in error && (error.code === "ESRCH" || error.code === "ENOENT"))) throw error;
      }
    }
    return sessions.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) {
      this.killSessions();
      const ended = once(this.#child, "exit");
      this.#child.kill("SIGKILL");
      await ended;
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

function configuration(folder: string, port: number, settings: readonly string[]): string {
  return [
    ...settings,
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${join(folder, "host_ed25519")}`,
    `HostKey ${join(folder, "host_rsa")}`,
    "PidFile none",
    // The folder is below one that everybody may write to.
    "StrictModes no",
    "PermitRootLogin yes",
    "UsePAM no",
    `AuthorizedKeysFile ${join(folder, "authorized_keys")}`,
    "Subsystem sftp internal-sftp",
    "",
  ].join("\n");
}

async function makeKey(folder: string, name: string, kind: readonly string[], passphrase = ""): Promise<void> {
  await runCommand("ssh-keygen", ["-q", ...kind, "-N", passphrase, "-C", name, "-f", join(folder, name)]);
}

async function listening(child: ChildProcess): Promise<void> {
  let said = "";
  await new Promise<void>((resolve, reject) => {
    child.once("exit", () => reject(new Error(`sshd did not start:\n${said}`)));
    child.stderr?.on("data", (bytes: Buffer) => {
      said += String(bytes);
      if (said.includes("Server listening on")) resolve();
    });
  });
}

async function asRoot(file: string, ...args: readonly string[]): Promise<void> {
  if (process.getuid?.() === 0) await runCommand(file, args);
  else await runCommand("sudo", ["-n", file, ...args]);
}
