import { createHash } from "node:crypto";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../support/free-port.js";
import { ensureDebianPackages } from "./apt.js";
import { makeCertificates } from "./self-made-ca.js";
import { WebDaemon, webLogin } from "./web-daemon.js";

/** nginx on loopback: files with ranges, PUT and DELETE; below `/private/` for who has the password, over TLS too. */
export class NginxServer implements AsyncDisposable {
  readonly port: number;
  readonly securePort: number;
  /** What it serves. */
  readonly files: string;
  /** Where it keeps bodies that have not come whole. */
  readonly bodies: string;
  /** File with the certificate of the authority that signed its own. */
  readonly authority: string;
  readonly #daemon: WebDaemon;

  private constructor(folder: string, ports: readonly [number, number], authority: string, daemon: WebDaemon) {
    [this.port, this.securePort] = ports;
    this.files = join(folder, "files");
    this.bodies = join(folder, "bodies");
    this.authority = authority;
    this.#daemon = daemon;
  }

  static async start(): Promise<NginxServer> {
    await ensureDebianPackages(["nginx", "openssl"]);
    const folder = await mkdtemp(join(tmpdir(), "bento-nginx-"));
    const ports = [await freePort(), await freePort()] as const;
    for (const name of ["files", "files/private", "bodies"]) await mkdir(join(folder, name));
    const { authority, certificate, key } = await makeCertificates(folder);
    const sha = createHash("sha1").update(webLogin.password).digest("base64");
    await writeFile(join(folder, "users"), `${webLogin.user}:{SHA}${sha}\n`);
    const common = `root ${folder}/files; client_max_body_size 0; client_body_temp_path ${folder}/bodies; dav_methods PUT DELETE; create_full_put_path on;`;
    const files = `${common} location / {} location /private/ { auth_basic "private files"; auth_basic_user_file ${folder}/users; } location /moved/ { rewrite ^/moved/(.*)$ /$1 redirect; } location /busy/ { add_header Retry-After 7 always; return 503; }`;
    await writeFile(
      join(folder, "nginx.conf"),
      `${process.getuid?.() === 0 ? "user root;" : ""} daemon off; worker_processes 2; pid ${folder}/pid; error_log ${folder}/errors;
events { worker_connections 256; }
http {
  access_log off; sendfile on; gzip off;
  ${["proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${folder}/bodies;`).join(" ")}
  server { listen 127.0.0.1:${ports[0]}; ${files} }
  server { listen 127.0.0.1:${ports[1]} ssl; ssl_certificate ${certificate}; ssl_certificate_key ${key}; ${files} }
}
`,
    );
    const daemon = await WebDaemon.start(folder, ports[0], "nginx", ["-c", join(folder, "nginx.conf"), "-e", join(folder, "errors")]);
    return new NginxServer(folder, ports, authority, daemon);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon[Symbol.asyncDispose]();
  }
}
