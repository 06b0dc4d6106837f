import { chmod, chown, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { runCommand } from "../../support/run-command.js";
import type { FaultProxyOptions } from "../../support/fault-proxy.js";
import { ApacheServer } from "./apache.js";
import type { Address, FaultyPlace, PlaceOptions } from "./faulty-places.js";
import { NginxServer } from "./nginx.js";
import { OpenSshServer } from "./openssh.js";
import { Vsftpd, vsftpdPassword } from "./vsftpd.js";

/** A server that keeps files as files. */
interface FolderServer {
  readonly scheme: string;
  readonly server: AsyncDisposable & { readonly port: number };
  /** On this machine, of what stands at `path` of the server. */
  readonly folder: string;
  readonly path: string;
  /** Where it keeps what has not come whole. */
  readonly besides?: readonly string[];
  readonly proxy?: FaultProxyOptions;
  readonly options?: PlaceOptions;
}

/** The folder of a server of this machine, looked at and changed past the server. */
class FolderPlace implements FaultyPlace {
  readonly port: number;
  readonly proxy: FaultProxyOptions;
  readonly #of: FolderServer;

  constructor(of: FolderServer) {
    this.#of = of;
    this.port = of.server.port;
    this.proxy = of.proxy ?? {};
  }

  url(path: string, { host, port }: Address): string {
    return `${this.#of.scheme}://${host}:${port}/${this.#of.path}${path}`;
  }

  options(): PlaceOptions {
    return this.#of.options ?? {};
  }

  async names(): Promise<readonly string[]> {
    const { folder, besides = [] } = this.#of;
    const found = await Promise.all([folder, ...besides].map((each) => readdir(each, { recursive: true, withFileTypes: true })));
    const files = found.flat().filter((entry) => entry.isFile());
    return files.map(({ parentPath, name }) => join(parentPath, name).replace(`${folder}/`, "")).toSorted();
  }

  read(path: string): Promise<Uint8Array> {
    return readFile(join(this.#of.folder, path));
  }

  async put(path: string, bytes: Uint8Array): Promise<void> {
    const target = join(this.#of.folder, path);
    const { uid, gid } = await stat(this.#of.folder);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, bytes);
    await chmod(target, 0o644);
    if (process.getuid?.() === 0) for (const each of [dirname(target), target]) await chown(each, uid, gid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#of.server[Symbol.asyncDispose]();
  }
}

/** A folder of vsftpd. */
export async function vsftpdPlace(): Promise<FaultyPlace> {
  const server = await Vsftpd.start();
  const folder = join(server.root, "files");
  const options = { password: vsftpdPassword };
  return new FolderPlace({ scheme: "ftp", server, folder, path: "files/", proxy: { isFtp: true }, options });
}

/** A folder of OpenSSH's server. */
export async function openSshPlace(): Promise<FaultyPlace> {
  const server = await OpenSshServer.start();
  const folder = server.path("data");
  const { stdout } = await runCommand("ssh-keygen", ["-l", "-f", server.path("host_ed25519.pub")]);
  const params = { identityFile: server.path("client"), hostKey: stdout.split(" ")[1] as string };
  return new FolderPlace({ scheme: "sftp", server, folder, path: `${folder.slice(1)}/`, options: { user: server.user, params } });
}

/** A folder of Apache's WebDAV. */
export async function apachePlace(): Promise<FaultyPlace> {
  const server = await ApacheServer.start();
  return new FolderPlace({ scheme: "webdav", server, folder: join(server.files, "open"), path: "open/" });
}

/** Files of nginx, which takes them too. */
export async function nginxPlace(): Promise<FaultyPlace> {
  const server = await NginxServer.start();
  return new FolderPlace({ scheme: "http", server, folder: server.files, path: "", besides: [server.bodies] });
}
