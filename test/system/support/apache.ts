import { createHash } from "node:crypto";
import { chmod, chown, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../support/free-port.js";
import { ensureDebianPackages } from "./apt.js";
import { makeCertificates } from "./self-made-ca.js";
import { WebDaemon, webLogin } from "./web-daemon.js";

const realm = "private files";
const modules = ["mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_basic", "auth_digest", "dav", "dav_fs", "dav_lock", "socache_shmcb", "ssl"]; // prettier-ignore

const isRoot = process.getuid?.() === 0;
/** The user whom Debian has for what owns nothing. */
const nobody = 65_534;

/** Apache with mod_dav on loopback: `/open/` for everybody, `/basic/` and `/digest/` for who has the password, over TLS too. */
export class ApacheServer implements AsyncDisposable {
  readonly port: number;
  readonly securePort: number;
  /** What it serves. */
  readonly files: string;
  /** File with the certificate of the authority that signed its own. */
  readonly authority: string;
  readonly #daemon: WebDaemon;

  private constructor(folder: string, ports: readonly [number, number], authority: string, daemon: WebDaemon) {
    [this.port, this.securePort] = ports;
    this.files = join(folder, "files");
    this.authority = authority;
    this.#daemon = daemon;
  }

  static async start(): Promise<ApacheServer> {
    await ensureDebianPackages(["apache2-bin", "openssl"]);
    const folder = await mkdtemp(join(tmpdir(), "bento-apache-"));
    const ports = [await freePort(), await freePort()] as const;
    await chmod(folder, 0o755);
    for (const name of ["", "files", "files/open", "files/basic", "files/digest"]) {
      await mkdir(join(folder, name), { recursive: true });
      // Its workers never run as root.
      if (isRoot) await chown(join(folder, name), nobody, nobody);
    }
    const { authority, certificate, key } = await makeCertificates(folder);
    const { user, password } = webLogin;
    await writeFile(join(folder, "users"), `${user}:{SHA}${createHash("sha1").update(password).digest("base64")}\n`);
    await writeFile(
      join(folder, "digests"),
      `${user}:${realm}:${createHash("md5").update(`${user}:${realm}:${password}`).digest("hex")}\n`,
    );
    const closed = (kind: string, file: string): string => `<Location /${kind.toLowerCase()}>
  AuthType ${kind}
  AuthName "${realm}"
  Auth${kind}Provider file
  ${kind === "Digest" ? "AuthDigestDomain /digest/" : ""}
  AuthUserFile ${folder}/${file}
  Require valid-user
</Location>`;
    await writeFile(
      join(folder, "apache.conf"),
      `ServerRoot ${folder}
ServerName localhost
PidFile ${folder}/pid
DefaultRuntimeDir ${folder}
Mutex file:${folder}
ErrorLog ${folder}/errors
${isRoot ? "User nobody\nGroup nogroup" : ""}
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join("\n")}
StartServers 1
Listen 127.0.0.1:${ports[0]}
Listen 127.0.0.1:${ports[1]}
DocumentRoot ${folder}/files
DavLockDB ${folder}/locks
LimitRequestBody 0
<Location />
  Dav On
  Require all granted
</Location>
${closed("Basic", "users")}
${closed("Digest", "digests")}
<VirtualHost 127.0.0.1:${ports[1]}>
  SSLEngine on
  SSLCertificateFile ${certificate}
  SSLCertificateKeyFile ${key}
</VirtualHost>
`,
    );
    const daemon = await WebDaemon.start(folder, ports[0], "/usr/sbin/apache2", ["-f", join(folder, "apache.conf"), "-DFOREGROUND"]);
    return new ApacheServer(folder, ports, authority, daemon);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon[Symbol.asyncDispose]();
  }
}
