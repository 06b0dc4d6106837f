import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { askHelper } from "../../src/oci/credential-helper.js";
import { credentialsFor } from "../../src/oci/credentials.js";
import { inspectOci } from "../../src/oci/index.js";

let folder: string;
let env: Record<string, string>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bento-docker-login-"));
  mkdirSync(join(folder, "bin"));
  env = { DOCKER_CONFIG: folder, PATH: `${join(folder, "bin")}:/usr/bin:/bin` };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function config(content: object): void {
  writeFileSync(join(folder, "config.json"), JSON.stringify(content));
}

/** A program that keeps credentials; what it was asked is in the file `asked`. */
function helper(name: string, script: string): void {
  const path = join(folder, "bin", `docker-credential-${name}`);
  writeFileSync(path, `#!/bin/sh\necho "$1 $(cat)" >> "${join(folder, "asked")}"\n${script}\n`);
  chmodSync(path, 0o755);
}

function answering(username: string, secret: string): string {
  return `echo '${JSON.stringify({ ServerURL: "x", Username: username, Secret: secret })}'`;
}

const asked = (): string => readFileSync(join(folder, "asked"), "utf8");
const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("who asks", () => {
  test("is what the host's own helper says, before the one for all and what stands in the file", async () => {
    config({
      auths: { "ghcr.io": { auth: base64("file:word") } },
      credHelpers: { "ghcr.io": "mine", "https://other.io": "other" },
      credsStore: "all",
    });
    helper("mine", answering("ann", "p:w"));
    helper("all", answering("<token>", "refresh-me"));
    expect(await credentialsFor("https://ghcr.io", env)).toEqual({ username: "ann", password: "p:w" });
    expect(asked()).toBe("get ghcr.io\n");
    expect(await credentialsFor("https://elsewhere.io:5000", env)).toEqual({ identityToken: "refresh-me" });
    expect(asked()).toBe("get ghcr.io\nget elsewhere.io:5000\n");
    expect(await credentialsFor("https://ghcr.io", { ...env, BENTO_OCI_USERNAME: "eve" })).toEqual({ username: "eve", password: "" });
  });

  test("is asked of docker's own registry by the name that docker has for it", async () => {
    config({ credsStore: "all" });
    helper("all", answering("ann", "word"));
    for (const host of ["registry-1.docker.io", "docker.io"]) await credentialsFor(`https://${host}`, env);
    expect(asked()).toBe("get https://index.docker.io/v1/\n".repeat(2));
    config({ auths: { "https://index.docker.io/v1/": { auth: base64("ann:word") } } });
    expect(await credentialsFor("https://registry-1.docker.io", env)).toEqual({ username: "ann", password: "word" });
  });

  test.each([
    [{ auth: base64("ann:a:b") }, { username: "ann", password: "a:b" }],
    [{ auth: base64("00000000-0000-0000-0000-000000000000:"), identitytoken: "refresh-me" }, { identityToken: "refresh-me" }],
    [
      { username: "ann", password: "word" },
      { username: "ann", password: "word" },
    ],
    [{}, undefined],
    [{ auth: 1, identitytoken: null }, undefined],
  ])("is %j in the file", async (entry, login) => {
    config({ auths: { "ghcr.io": entry } });
    expect(await credentialsFor("https://ghcr.io", env)).toEqual(login);
  });

  test.each([
    ["on standard output", "echo 'credentials not found in native keychain'; exit 1"],
    ["on standard error", "echo 'Credentials not found' >&2; exit 1"],
    ["with an empty name", answering("", "")],
  ])("is nobody where the helper says so %s", async (_, script) => {
    config({ auths: { "ghcr.io": { auth: base64("file:word") } }, credsStore: "all" });
    helper("all", script);
    expect(await credentialsFor("https://ghcr.io", env)).toBeUndefined();
  });

  test.each([
    ["fails", "echo 'the keychain is locked'; exit 3", "the keychain is locked"],
    ["says nothing", "exit 4", "fails."],
    ["answers with what is no JSON", "echo hunter2", "is no JSON"],
    ["names no secret", `echo '{"Username":"hunter2"}'`, "or no secret"],
    ["has no end of words", "exec yes hunter2", "fails"],
  ])("is an error where the helper %s, which says nothing secret", async (_, script, why) => {
    helper("all", script);
    const error = (await askHelper("all", "ghcr.io", { env }).catch((thrown: unknown) => thrown)) as Error;
    expect(error).toMatchObject({ code: "BENTO_CONFIG_INVALID", message: expect.stringContaining(why) });
    expect(error.message).toContain('"docker-credential-all"');
  });

  test.each(["../evil", "a b", "a;touch x", "", "Desktop"])("is asked of no program that is called %j", async (name) => {
    await expect(askHelper(name, "ghcr.io", { env })).rejects.toMatchObject({ message: expect.stringContaining("is not called as") });
  });

  test("is asked for a limited time, as long as it is wanted, and of what is there", async () => {
    helper("all", "exec sleep 60");
    await expect(askHelper("all", "ghcr.io", { env, timeoutMs: 50 })).rejects.toMatchObject({
      code: "BENTO_CONFIG_INVALID",
      message: expect.stringContaining("no answer within 50 ms"),
    });
    const stop = new AbortController();
    const asking = askHelper("all", "ghcr.io", { env, signal: stop.signal });
    stop.abort(new Error("not wanted any more"));
    await expect(asking).rejects.toThrow("not wanted any more");
    await expect(askHelper("absent", "ghcr.io", { env })).rejects.toMatchObject({ message: expect.stringContaining("is not on the PATH") });
  });
});

/** A registry that gives tokens itself, and a manifest to whoever has one. */
async function tokenRegistry(isOpen: boolean): Promise<{ readonly host: string; readonly tokensAsked: string[] } & AsyncDisposable> {
  const tokensAsked: string[] = [];
  const answer = async (request: IncomingMessage): Promise<readonly [status: number, body: string]> => {
    const path = request.url ?? "";
    if (!path.startsWith("/token")) return isOpen || request.headers.authorization === "Bearer access" ? [200, manifest] : [401, ""];
    const form = (await request.toArray()).join("");
    tokensAsked.push(`${request.method} ${path} ${form} ${request.headers.authorization ?? ""}`);
    return form.includes("refresh_token=refresh-me") ? [200, '{"access_token":"access"}'] : [401, ""];
  };
  const server = createServer((request, response) => {
    const challenge = `Bearer realm="http://${request.headers.host}/token",service="tests",scope="repository:clf:pull"`;
    void answer(request).then(([status, body]) => response.writeHead(status, { "www-authenticate": challenge }).end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    tokensAsked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const blob = { mediaType: "application/vnd.cncf.model.weight.v1.raw", digest: `sha256:${"0".repeat(64)}`, size: 1 };
const layers = [{ ...blob, annotations: { "org.cncf.model.filepath": "model.yaml" } }];
const manifest = JSON.stringify({
  schemaVersion: 2,
  config: { ...blob, mediaType: "application/vnd.cncf.model.config.v1+json" },
  layers,
  annotations: { "org.opencontainers.image.created": "2026-01-02T03:04:05Z" },
});

test("a login's token is exchanged for one of the repository, in a body and without a name", async () => {
  await using registry = await tokenRegistry(false);
  config({ credHelpers: { [registry.host]: "mine" } });
  helper("mine", answering("<token>", "refresh-me"));
  expect((await inspectOci(`oci://${registry.host}/clf:v1`, { env })).creationTime).toEqual(new Date("2026-01-02T03:04:05Z"));
  const form = "scope=repository%3Aclf%3Apull&service=tests&grant_type=refresh_token&client_id=bento-registry&refresh_token=refresh-me";
  expect(registry.tokensAsked).toEqual([`POST /token ${form} `]);
  helper("mine", answering("<token>", "revoked"));
  await expect(inspectOci(`oci://${registry.host}/clf:v1`, { env })).rejects.toMatchObject({ code: "BENTO_UNAUTHORIZED" });
});

test("nothing is asked of a helper for a registry that asks for nobody", async () => {
  await using registry = await tokenRegistry(true);
  config({ credsStore: "all" });
  helper("all", "exit 1");
  await inspectOci(`oci://${registry.host}/clf:v1`, { env });
  expect(existsSync(join(folder, "asked"))).toBe(false);
});
