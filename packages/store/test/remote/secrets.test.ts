import { generateKeyPairSync } from "node:crypto";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { Server as SshServer } from "ssh2";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { EchoingServer, type EchoForm, startEchoingFtp } from "../../../../test/support/echoing-server.js";
import { contentOf, gather } from "../../../../test/support/remote-bytes.js";
import { exportModel, importModel, inspectArchive, MemoryModelStore } from "../../src/index.js";
import { openDriver } from "../../src/remote/drivers/known-drivers.js";
import { locationOfUrl, type RemoteOptions } from "../../src/remote/remote-location.js";

const { signal } = new AbortController();
/** With all that URLs, headers, XML and base64 write in another way. */
const password = "s3cr3t:/+ p@ss?&=%<'ü~";
const user = "some.body";
const base64Secret = Buffer.from("a key of sixty-four bytes, which is long enough to be one of theirs!").toString("base64");
const token = "hf_t0ken+of/somebody=";

/** Every spelling that somebody could read a secret in. */
function spellings(secret: string): readonly string[] {
  const inQuery = new URL(`none://host?${encodeURIComponent(secret)}`).search.slice(1);
  const texts = [secret, inQuery, encodeURIComponent(secret), encodeURI(secret), String(new URLSearchParams({ x: secret })).slice(2)];
  const encoded = [secret, `${user}:${secret}`].map((text) => Buffer.from(text));
  return [...texts, ...encoded.flatMap((bytes) => [bytes.toString("base64"), bytes.toString("base64url"), bytes.toString("hex")])];
}

/** What was written anywhere while a test ran. */
let written: string[];

beforeEach(() => {
  written = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
  }
  for (const name of ["log", "info", "warn", "error", "debug", "trace"] as const) {
    vi.spyOn(console, name).mockImplementation((...args: unknown[]) => void written.push(inspect(args, { depth: Infinity })));
  }
  // Nobody's own credentials.
  for (const name of ["AWS_PROFILE", "AZURE_STORAGE_ACCOUNT", "GOOGLE_APPLICATION_CREDENTIALS", "SSH_AUTH_SOCK"])
    vi.stubEnv(name, undefined);
});

afterEach(() => vi.restoreAllMocks());

/** All that an error shows of itself. */
function shown(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error, { depth: Infinity, showHidden: true });
  const { message, stack } = error;
  const hint = "hint" in error ? error.hint : undefined;
  const json = JSON.stringify([error, error.cause, Object.entries(error), { message, hint }]);
  return [message, hint, stack, json, inspect(error, { depth: Infinity, showHidden: true })].join("\n");
}

/** Does with a remote all that can be done, and expects that no secret is seen anywhere. */
async function expectSilence(url: string, options: RemoteOptions, secrets: readonly string[]): Promise<readonly string[]> {
  const texts: string[] = [];
  const attempt = async (work: () => Promise<unknown>): Promise<void> =>
    void texts.push(shown(await work().catch((error: unknown) => error)));
  const store = new MemoryModelStore();
  await store.create("m:1", {}, (draft) => draft.write("file", "x"));
  const transfer = async (work: AsyncIterable<unknown>): Promise<void> => {
    for await (const progress of work) texts.push(inspect(progress, { depth: Infinity }));
  };
  await attempt(async () => {
    await using remote = await openDriver(locationOfUrl(url, options), { signal });
    texts.push(remote.name, inspect(remote, { depth: Infinity }));
    await attempt(() => remote.stat("file"));
    await attempt(() => gather(remote.read("file")));
    await attempt(() => gather(remote.read("file", { start: 1, end: 5 })));
    await attempt(() => remote.write("file", contentOf(Buffer.from("x"))));
    await attempt(async () => {
      for await (const _ of remote.list("folder")) break;
    });
    await attempt(() => remote.delete("file"));
    await attempt(() => remote.makeFolder?.("folder") ?? Promise.resolve());
  });
  const archive = url.replace(/(?=\?|$)/, "/m.tar");
  await attempt(() => transfer(exportModel("m:1", archive, { ...options, store })));
  await attempt(() => transfer(importModel(archive, { ...options, store })));
  await attempt(async () => inspectArchive(archive, { ...options, store }));
  const everything = [...texts, ...written].join("\n");
  for (const secret of secrets) {
    for (const spelling of spellings(secret)) expect(everything).not.toContain(spelling);
    // Nor the beginning of one, where a text was cut.
    for (const spelling of [secret, encodeURIComponent(secret)]) expect(everything).not.toContain(spelling.slice(0, 8));
  }
  expect(texts.some((text) => text.includes("BENTO_"))).toBe(true);
  return texts;
}

async function echoing(form: EchoForm, status: number): Promise<EchoingServer> {
  const server = await EchoingServer.start();
  onTestFinished(() => server[Symbol.asyncDispose]());
  server.form = form;
  server.status = status;
  return server;
}

const inUrl = encodeURIComponent(password);

describe.each([401, 403])("a server that refuses with %i and repeats what it was sent shows no secret of", (status) => {
  test.each(["http", "webdav"])("%s, neither of the options nor of the URL", async (scheme) => {
    const server = await echoing("text", status);
    const place = `127.0.0.1:${server.port}`;
    await expectSilence(`${scheme}://${place}/folder`, { user, password }, [password]);
    await expectSilence(`${scheme}://${user}:${inUrl}@${place}/folder`, {}, [password]);
    // It did get what it could have shown, in one way or another.
    if (status === 401) expect(server.said.join("\n")).toContain(Buffer.from(`${user}:${password}`).toString("base64"));
  });

  test("http, whose URL is signed", async () => {
    const server = await echoing("text", status);
    await expectSilence(`http://127.0.0.1:${server.port}/folder?X-Amz-Signature=${inUrl}`, {}, [password]);
    expect(server.said.join("\n")).toContain(inUrl.replaceAll("'", "%27"));
  });

  test("s3", async () => {
    const { url, said } = await echoing("s3", status);
    const params = { endpoint: url, region: "us-east-1", pathStyle: "true", sessionToken: token };
    await expectSilence("s3://bucket", { user, password, params }, [password, token]);
    expect(said.join("\n")).toContain(token);
  });

  test("azblob", async () => {
    const { url, said } = await echoing("azure", status);
    const params = { endpoint: url };
    await expectSilence("azblob://container", { user: "mine", password: base64Secret, params }, [base64Secret]);
    const signature = `sv=1&sig=${encodeURIComponent(token)}`;
    await expectSilence("az://container", { user: "mine", params: { ...params, sas: signature } }, [token]);
    await expectSilence(`az://container?${signature}`, { user: "mine", params }, [token]);
    expect(said.join("\n")).toContain(encodeURIComponent(token));
  });

  test("gs", async () => {
    const { url, said } = await echoing("google", status);
    await expectSilence("gs://bucket", { params: { endpoint: url, token } }, [token]);
    await expectSilence("gcs://bucket", { password: token, params: { endpoint: url } }, [token]);
    expect(said.join("\n")).toContain(`Bearer ${token}`);
  });

  test("hf", async () => {
    const { url, said } = await echoing("text", status);
    vi.stubEnv("HF_ENDPOINT", url);
    await expectSilence("hf://owner/name", { password: token }, [token]);
    vi.stubEnv("HF_TOKEN", token);
    await expectSilence("hf://owner/name", {}, [token]);
    expect(said.join("\n")).toContain(`Bearer ${token}`);
  });
});

describe("nobody shows a secret of", () => {
  test.each(["ftp", "ftps"])("%s", async (scheme) => {
    await using server = await startEchoingFtp();
    const place = `127.0.0.1:${server.port}`;
    await expectSilence(`${scheme}://${place}`, { user, password }, [password]);
    await expectSilence(`${scheme}://${user}:${inUrl}@${place}`, {}, [password]);
    if (scheme === "ftp") expect(server.said).toContain(`PASS ${password}`);
  });

  test.each(["sftp", "ssh"])("%s", async (scheme) => {
    const { privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
      publicKeyEncoding: { type: "pkcs1", format: "pem" },
    });
    const tried: string[] = [];
    const server = new SshServer({ hostKeys: [privateKey], banner: "Nobody comes in here." }, (client) => {
      client.on("error", () => {});
      client.on("authentication", (attempt) => {
        if (attempt.method === "password") tried.push(attempt.password);
        attempt.reject(["password"]);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const place = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    vi.stubEnv("HOME", "/nowhere");
    await expectSilence(`${scheme}://${place}`, { user, password }, [password]);
    await expectSilence(`${scheme}://${user}:${inUrl}@${place}`, {}, [password]);
    await expectSilence(`${scheme}://${user}:${inUrl}@${place}`, { params: { hostKey: "SHA256:another" } }, [password]);
  });

  test.each(["https", "webdavs", "memory"])("%s", async (scheme) => {
    // Nobody speaks TLS there.
    const server = await echoing("text", 401);
    const place = scheme === "memory" ? "name" : `127.0.0.1:${server.port}`;
    await expectSilence(`${scheme}://${place}`, { user, password }, [password]);
    await expectSilence(`${scheme}://${user}:${inUrl}@${place}`, {}, [password]);
  });

  test.each(["http", "ftp", "sftp", "s3", "azblob", "gs", "webdav", "hf", "nobody"])("a URL of %s that cannot be", async (scheme) => {
    for (const url of [
      `${scheme}://${user}:${inUrl}@host:99999/x`,
      `${scheme}://${user}:${inUrl}@/x#y`,
      `${scheme}://${user}:${inUrl}@host/a/..%2Fb?sas=${inUrl}`,
      `${scheme}://${user}:${inUrl}@host/%00?token=${inUrl}`,
      `${scheme}://${user}:${inUrl}@host/%zz?password=${inUrl}`,
    ])
      await expectSilence(url, {}, [password]);
    await expectSilence(`${scheme}://${user}:${inUrl}@host/x`, { password: `other${password}`, user: "other" }, [password]);
  });
});
