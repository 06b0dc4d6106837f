import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../support/free-port.js";
import { ensureDebianPackages } from "./apt.js";
import type { SelfMadeCertificates } from "./self-made-ca.js";
import { WebDaemon } from "./web-daemon.js";

/** nginx before servers of this machine that speak plain HTTP: gives each a port that speaks TLS. */
export class TlsFront implements AsyncDisposable {
  readonly ports: readonly number[];
  readonly #daemon: WebDaemon;

  private constructor(ports: readonly number[], daemon: WebDaemon) {
    this.ports = ports;
    this.#daemon = daemon;
  }

  /** @param behind ports of the servers, in the order of its own */
  static async start(behind: readonly number[], { certificate, key }: SelfMadeCertificates): Promise<TlsFront> {
    await ensureDebianPackages(["nginx"]);
    const folder = await mkdtemp(join(tmpdir(), "bento-tls-front-"));
    await mkdir(join(folder, "bodies"));
    const plain = await freePort();
    const ports = await Promise.all(behind.map(() => freePort()));
    const passed = "proxy_set_header Host $http_host; proxy_http_version 1.1; proxy_request_buffering off; proxy_buffering off;";
    const servers = behind.map(
      (port, at) =>
        `server { listen 127.0.0.1:${ports[at]} ssl; ssl_certificate ${certificate}; ssl_certificate_key ${key}; location / { proxy_pass http://127.0.0.1:${port}; ${passed} } }`,
    );
    await writeFile(
      join(folder, "nginx.conf"),
      `${process.getuid?.() === 0 ? "user root;" : ""} daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/errors;
events { worker_connections 256; }
http {
  access_log off; client_max_body_size 0;
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${folder}/bodies;`).join(" ")}
  server { listen 127.0.0.1:${plain}; }
  ${servers.join("\n  ")}
}
`,
    );
    const daemon = await WebDaemon.start(folder, plain, "nginx", ["-c", join(folder, "nginx.conf"), "-e", join(folder, "errors")]);
    return new TlsFront(ports, daemon);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon[Symbol.asyncDispose]();
  }
}
