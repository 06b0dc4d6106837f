import { createPrivateKey, createSign, randomUUID, X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../support/free-port.js";
import { runCommand } from "../../support/run-command.js";
import { startProgram } from "../../support/running-program.js";
import { ensureDebianPackages } from "./apt.js";

/** A real OCI registry: Debian's docker-registry. */
export interface DockerRegistry extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly host: string;
}

/** Who gives tokens for a registry, to one user. */
export interface TokenServer extends AsyncDisposable {
  readonly realm: string;
  /** The certificate that the registry believes. */
  readonly certificate: string;
  /** `Authorization` of each request. */
  readonly asked: (string | undefined)[];
}

const service = "tests";
const issuer = "tests-issuer";

/** @param tokens who gives tokens; default: it asks nobody for any */
export async function startDockerRegistry(tokens?: Pick<TokenServer, "realm" | "certificate">): Promise<DockerRegistry> {
  await ensureDebianPackages(["docker-registry"]);
  const folder = await mkdtemp(join(tmpdir(), "bento-docker-registry-"));
  const host = `127.0.0.1:${await freePort()}`;
  const auth = tokens && { token: { realm: tokens.realm, service, issuer, rootcertbundle: join(folder, "token.crt") } };
  if (tokens !== undefined) await writeFile(join(folder, "token.crt"), tokens.certificate);
  const config = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: join(folder, "data") } },
    http: { addr: host },
    ...(auth && { auth }),
  };
  await writeFile(join(folder, "config.yml"), JSON.stringify(config));
  const program = await startProgram({
    file: "docker-registry",
    args: ["serve", join(folder, "config.yml")],
    cwd: folder,
    readyUrl: `http://${host}/`,
    deadlineMs: 60_000,
  });
  return {
    host,
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** @param user who is known, and may do everything; anybody else may do nothing */
export async function startTokenServer(user: { readonly username: string; readonly password: string }): Promise<TokenServer> {
  const folder = await mkdtemp(join(tmpdir(), "bento-tokens-"));
  const [key, crt] = [join(folder, "key.pem"), join(folder, "crt.pem")];
  await runCommand("openssl", [
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=tests",
    "-keyout",
    key,
    "-out",
    crt,
  ]);
  const [privateKey, certificate] = [createPrivateKey(await readFile(key)), await readFile(crt, "utf8")];
  await rm(folder, { recursive: true });
  const asked: (string | undefined)[] = [];
  const expected = `Basic ${Buffer.from(`${user.username}:${user.password}`).toString("base64")}`;
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization);
    if (request.headers.authorization !== expected) return void response.writeHead(401).end("{}");
    const token = signed({ alg: "RS256", typ: "JWT", x5c: [new X509Certificate(certificate).raw.toString("base64")] }, claimsOf(request));
    response.end(JSON.stringify({ token }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  function signed(header: object, claims: object): string {
    const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    return `${text}.${createSign("RSA-SHA256").update(text).sign(privateKey, "base64url")}`;
  }

  return {
    realm: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    certificate,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What is asked for is given. */
function claimsOf(request: IncomingMessage): object {
  const [, type, name, actions = ""] =
    /^([^:]+):(.+):([^:]+)$/.exec(new URL(request.url ?? "", "http://x").searchParams.get("scope") ?? "") ?? [];
  const now = Math.floor(Date.now() / 1000);
  const access = type === undefined ? [] : [{ type, name, actions: actions.split(",") }];
  return { iss: issuer, sub: "ann", aud: service, exp: now + 300, nbf: now - 10, iat: now, jti: randomUUID(), access };
}
