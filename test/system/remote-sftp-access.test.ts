import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { inspect } from "node:util";
import type { Remote } from "@bento/store";
import { locationOfUrl, openDriver, type RemoteOptions } from "@bento/store/remotes";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { contentOf } from "../support/remote-bytes.js";
import { runCommand } from "../support/run-command.js";
import { OpenSshServer } from "./support/openssh.js";

const { signal } = new AbortController();
let server: OpenSshServer;
beforeAll(async () => {
  server = await OpenSshServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

// What is known of servers, and keys, is looked for where OpenSSH looks.
beforeEach(async () => {
  vi.stubEnv("HOME", server.path("home"));
  for (const name of ["SSH_AUTH_SOCK", "BENTO_SSH_PASSPHRASE"]) vi.stubEnv(name, undefined);
  await rm(server.path("home/.ssh"), { recursive: true });
  await mkdir(server.path("home/.ssh"));
  await know(await server.knownHost());
});

const know = (text: string): Promise<void> => writeFile(server.path("home/.ssh/known_hosts"), text);
const configure = (...lines: readonly string[]): Promise<void> => writeFile(server.path("home/.ssh/config"), lines.join("\n"));

async function open(options: RemoteOptions = {}, place = `${server.user}@127.0.0.1:${server.port}`): Promise<Remote> {
  const remote = await openDriver(locationOfUrl(`sftp://${place}/`, options), { signal });
  onTestFinished(() => remote[Symbol.asyncDispose]());
  return remote;
}

/** An agent of OpenSSH with these keys. */
async function startAgent(...keys: readonly string[]): Promise<void> {
  const socket = server.path(`agent-${keys.join("-")}`);
  const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void agent.kill("SIGKILL"));
  await once(agent.stdout, "data");
  for (const key of keys) await runCommand("ssh-add", ["-q", server.path(key)], { env: { SSH_AUTH_SOCK: socket } });
  vi.stubEnv("SSH_AUTH_SOCK", socket);
}

const root = { kind: "folder", path: "" };

describe("a way in is", () => {
  test("a file of a key", async () => {
    expect(await (await open({ params: { identityFile: server.path("client") } })).stat("")).toMatchObject(root);
  });

  test("a key itself", async () => {
    const key = await readFile(server.path("client"), "utf8");
    expect(await (await open({ params: { key } })).stat("")).toMatchObject(root);
  });

  test("a key with a passphrase, said or in the environment", async () => {
    const identityFile = server.path("encrypted");
    expect(await (await open({ params: { identityFile, passphrase: "passphrase" } })).stat("")).toMatchObject(root);
    vi.stubEnv("BENTO_SSH_PASSPHRASE", "passphrase");
    expect(await (await open({ params: { identityFile } })).stat("")).toMatchObject(root);
  });

  test("an agent, also for a key whose file is encrypted", async () => {
    await startAgent("host_rsa", "client");
    expect(await (await open()).stat("")).toMatchObject(root);
    expect(await (await open({ params: { identityFile: server.path("encrypted") } })).stat("")).toMatchObject(root);
  });

  test("the usual key of the user", async () => {
    await copyFile(server.path("client"), server.path("home/.ssh/id_ed25519"));
    expect(await (await open()).stat("")).toMatchObject(root);
  });

  test("what ~/.ssh/config says of a name", async () => {
    await configure(
      "Host shelf",
      "  HostName 127.0.0.1",
      `  Port ${server.port}`,
      `  User ${server.user}`,
      `  IdentityFile "${server.path("client")}"`,
      "Host *",
      "  User somebody",
    );
    expect(await (await open({}, "shelf")).stat("")).toMatchObject(root);
  });

  test("a password, which reads and writes in the account's own home", async () => {
    await using account = await server.account();
    const { user, password } = account;
    const remote = await open({ user, password }, `127.0.0.1:${server.port}`);
    await remote.write("~/new/file", contentOf(Buffer.from("hi")));
    expect(await readFile(server.path(user, "new/file"), "utf8")).toBe("hi");
    expect(await remote.stat("~/new/file")).toMatchObject({ kind: "file", path: "~/new/file", size: 2 });
    await expect(remote.write(server.path("data/x").slice(1), contentOf(Buffer.from("hi")))).rejects.toMatchObject({
      code: "BENTO_FORBIDDEN",
      message: expect.stringContaining("Permission denied") as string,
    });
  });
});

test("a server that asks questions is answered with the password", async () => {
  await using asking = await OpenSshServer.start(["UsePAM yes", "PasswordAuthentication no", "KbdInteractiveAuthentication yes"]);
  await using account = await asking.account();
  await know(await asking.knownHost());
  const { user, password } = account;
  expect(await (await open({ user, password }, `127.0.0.1:${asking.port}`)).stat("~")).toMatchObject({ kind: "folder", path: "~" });
});

describe("nobody is let in", () => {
  test("with a wrong password, which nobody gets to see", async () => {
    await using account = await server.account();
    const password = "wr@ng pass/word";
    const remote = await open(
      { user: account.user, password, params: { identityFile: server.path("host_rsa") } },
      `127.0.0.1:${server.port}`,
    );
    const failure: unknown = await remote.stat("").catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "BENTO_UNAUTHORIZED", cause: { isTransient: false } });
    expect(String(failure)).toContain(`tried key (${server.path("host_rsa")}), password`);
    for (const secret of [password, encodeURIComponent(password)]) expect(inspect(failure, { depth: 9 })).not.toContain(secret);
  });

  test("by keys of the agent that were not asked for", async () => {
    await startAgent("client");
    await configure("IdentitiesOnly yes", `IdentityFile ${server.path("encrypted")}`);
    const failure = {
      code: "BENTO_UNAUTHORIZED",
      message: expect.stringMatching(/nothing to try; The key .*encrypted.* no passphrase/) as string,
    };
    await expect((await open()).stat("")).rejects.toMatchObject(failure);
    await configure("IdentitiesOnly yes", `IdentityFile ${server.path("client")}`);
    expect(await (await open()).stat("")).toMatchObject(root);
  });

  test("through a proxy", async () => {
    await configure("Host 127.*", "ProxyJump bastion");
    await expect(open()).rejects.toMatchObject({ code: "BENTO_CONFIG_INVALID", message: expect.stringContaining("ProxyJump") as string });
  });
});

describe("a server", () => {
  const withKey = (): RemoteOptions => ({ params: { identityFile: server.path("client") } });
  const look = async (options = withKey()): Promise<unknown> => (await open(options)).stat("");
  const fingerprint = async (key: string): Promise<string> => {
    const { stdout } = await runCommand("ssh-keygen", ["-lf", server.path(`${key}.pub`)]);
    return stdout.split(" ")[1] as string;
  };

  test("that nobody knows is told by its fingerprint, and trusted by it", async () => {
    await know("");
    const shown = await fingerprint("host_ed25519");
    const unknown = {
      code: "BENTO_FORBIDDEN",
      message: expect.stringContaining(shown) as string,
      hint: expect.stringContaining("ssh-keyscan") as string,
    };
    await expect(look()).rejects.toMatchObject(unknown);
    expect(await look({ params: { ...withKey().params, hostKey: shown } })).toMatchObject(root);
    const other = await fingerprint("client");
    await expect(look({ params: { ...withKey().params, hostKey: other } })).rejects.toMatchObject({ code: "BENTO_FORBIDDEN" });
  });

  test("is known by hashed names, and by the one kind of key that is known of it", async () => {
    await know(await server.knownHost("host_rsa"));
    await runCommand("ssh-keygen", ["-H", "-f", server.path("home/.ssh/known_hosts")]);
    expect(await readFile(server.path("home/.ssh/known_hosts"), "utf8")).toMatch(/^\|1\|/);
    expect(await look()).toMatchObject(root);
  });

  test("is remembered where the configuration says so, and refused with another key from then on", async () => {
    await know("# mine");
    await configure("StrictHostKeyChecking accept-new");
    expect(await look()).toMatchObject(root);
    const remembered = await readFile(server.path("home/.ssh/known_hosts"), "utf8");
    expect(remembered).toBe(`# mine\n${(await server.knownHost()).split(" ").slice(0, 3).join(" ")}\n`);
    expect(await look()).toMatchObject(root);
    // Somebody else's key under the server's name.
    await know(`[127.0.0.1]:${server.port} ${await readFile(server.path("client.pub"), "utf8")}`);
    await expect(look()).rejects.toMatchObject({
      code: "BENTO_FORBIDDEN",
      message: expect.stringContaining("another than the one that is known") as string,
    });
  });

  test("with a revoked key is refused, however it is trusted", async () => {
    await know(`${await server.knownHost()}@revoked * ${await readFile(server.path("host_ed25519.pub"), "utf8")}`);
    await expect(look()).rejects.toMatchObject({ message: expect.stringContaining("revoked") as string });
    const hostKey = await fingerprint("host_ed25519");
    await expect(look({ params: { ...withKey().params, hostKey } })).rejects.toMatchObject({ code: "BENTO_FORBIDDEN" });
  });
});
