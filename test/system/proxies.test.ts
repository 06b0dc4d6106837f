// What the environment names as a proxy is what servers are asked through: a real proxy that wants a password, and the
// command. This machine is reached as 0.0.0.0, since what is plainly this machine is asked directly.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { serveRegistry } from "@bento/registry-server";
import { FileModelStore } from "@bento/store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../support/free-port.js";
import { runCommand } from "../support/run-command.js";
import { buildPackages, workspaceRoot } from "../support/workspace.js";
import { GcsPlace } from "./support/gcs-place.js";
import { NginxServer } from "./support/nginx.js";
import { SeaweedServer, seaweedKeys } from "./support/seaweedfs.js";
import { makeCertificates } from "./support/self-made-ca.js";
import { proxyLogin, TinyProxy } from "./support/tinyproxy.js";
import { TlsFront } from "./support/tls-front.js";

const here = "0.0.0.0";
const quiet = { info: () => {}, warn: () => {}, error: () => {} };
let folder: string;
let authority: string;
/** Over TLS: files of nginx, S3 and the registry. */
let secure: readonly number[];
let proxy: TinyProxy;
let nginx: NginxServer;
let seaweed: SeaweedServer;
let google: GcsPlace;
let front: TlsFront;
let registry: Awaited<ReturnType<typeof serveRegistry>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bento-proxies-"));
  const certificates = await makeCertificates(folder);
  ({ authority } = certificates);
  [proxy, nginx, seaweed, google] = await Promise.all([
    TinyProxy.start(),
    NginxServer.start(),
    SeaweedServer.start(),
    GcsPlace.start(),
    buildPackages(),
  ]);
  const registryPort = await freePort();
  front = await TlsFront.start([nginx.port, Number(new URL(seaweed.endpoint).port), registryPort], certificates);
  secure = front.ports;
  const publicUrl = `https://${here}:${secure[2]}`;
  registry = await serveRegistry({ data: join(folder, "registry"), port: registryPort, publicUrl, insecure: true, logger: quiet });
  const credentials = { accessKeyId: seaweedKeys.user, secretAccessKey: seaweedKeys.password };
  const client = new S3Client({ endpoint: seaweed.endpoint, forcePathStyle: true, region: "us-east-1", credentials });
  await client.send(new CreateBucketCommand({ Bucket: "models" }));
  client.destroy();
  await using store = new FileModelStore(join(folder, "from"));
  await store.create("digits:v1", (draft) => draft.write("weights.bin", Buffer.alloc(3_000_000, "bento")));
}, 120_000);
afterAll(async () => {
  await registry?.close(0);
  for (const server of [front, google, seaweed, nginx, proxy]) await server?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Setting {
  readonly home?: string;
  /** Of the proxy. */
  readonly password?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `bento` with the proxy in its environment. */
function bento(args: readonly string[], { home = "from", password = proxyLogin.password, env = {} }: Setting = {}) {
  const url = `http://${proxyLogin.user}:${password}@127.0.0.1:${proxy.port}`;
  return runCommand(process.execPath, [`${workspaceRoot}packages/cli/dist/bin.js`, ...args], {
    accept: [0, 1],
    env: {
      VITEST: undefined,
      NODE_OPTIONS: undefined,
      NO_COLOR: "1",
      HOME: folder,
      BENTOML_HOME: join(folder, home),
      NODE_EXTRA_CA_CERTS: authority,
      http_proxy: undefined,
      https_proxy: undefined,
      all_proxy: undefined,
      ALL_PROXY: undefined,
      no_proxy: undefined,
      HTTPS_PROXY: url,
      HTTP_PROXY: url,
      NO_PROXY: "models.example",
      ...env,
    },
  });
}

/** What was asked of the proxy meanwhile: where tunnels lead, and whole URLs. */
async function askedDuring(work: () => Promise<unknown>): Promise<readonly string[]> {
  const before = (await proxy.asked()).length;
  await work();
  return [...new Set((await proxy.asked()).slice(before))];
}

const places = [
  { name: "https", url: () => `https://${here}:${secure[0]}/digits.zip`, asked: () => [`CONNECT ${here}:${secure[0]}`] },
  { name: "s3", url: () => "s3://models/digits.zip", params: s3Params, asked: () => [`CONNECT ${here}:${secure[1]}`] },
  {
    name: "http",
    url: () => `http://${here}:${nginx.port}/plain/digits.zip`,
    asked: () => [`PUT http://${here}:${nginx.port}/plain/digits.zip`],
  },
  { name: "gs", url: () => "gs://models/digits.zip", params: gsParams, asked: () => [`POST http://${here}:${google.port}/upload`] },
];

function s3Params(): readonly string[] {
  const keys = ["--user", seaweedKeys.user, "--password", seaweedKeys.password];
  return [...keys, "--param", `endpoint=https://${here}:${secure[1]}`, "--param", "region=us-east-1"];
}

function gsParams(): readonly string[] {
  return ["--param", `endpoint=http://${here}:${google.port}`, "--param", "anonymous=true"];
}

test.each(places)("a model goes out by $name and comes back, all of it through the proxy", async ({ name, url, params, asked }) => {
  const options = params?.() ?? [];
  const out = await askedDuring(async () =>
    expect(await bento(["models", "export", "digits:v1", url(), ...options])).toMatchObject({ code: 0 }),
  );
  for (const line of asked()) expect(out.join("\n")).toContain(line);
  const back = await askedDuring(async () =>
    expect(await bento(["models", "import", url(), ...options], { home: name })).toMatchObject({ code: 0 }),
  );
  expect(back.length).toBeGreaterThan(0);
  await using store = new FileModelStore(join(folder, name));
  expect((await (await store.get("digits:v1")).verify()).status).toBe("ok");
});

test("a registry is pushed to and pulled from through it", async () => {
  const env = { BENTO_CLOUD_API_ENDPOINT: `https://${here}:${secure[2]}`, BENTO_CLOUD_API_KEY: "any" };
  const asked = await askedDuring(async () => {
    expect(await bento(["models", "push", "digits:v1"], { env })).toMatchObject({ code: 0 });
    expect(await bento(["models", "pull", "digits:v1"], { home: "pulled", env })).toMatchObject({ code: 0 });
  });
  expect(asked).toEqual([`CONNECT ${here}:${secure[2]}`]);
  await using store = new FileModelStore(join(folder, "pulled"));
  expect((await (await store.get("digits:v1")).verify()).status).toBe("ok");
});

test("hosts of NO_PROXY, and what is plainly this machine, are asked directly", async () => {
  const asked = await askedDuring(async () => {
    const url = `https://${here}:${secure[0]}/direct.zip`;
    expect(await bento(["models", "export", "digits:v1", url], { env: { NO_PROXY: `models.example,${here}` } })).toMatchObject({ code: 0 });
    expect(await bento(["models", "export", "digits:v1", `https://localhost:${secure[0]}/local.zip`])).toMatchObject({ code: 0 });
  });
  expect(asked).toEqual([]);
});

test.each(["https", "s3"])("a proxy that does not let us through is told of, and its password is not: %s", async (scheme) => {
  const { url, params } = places.find(({ name }) => name === scheme) as (typeof places)[number];
  const { code, stderr } = await bento(["models", "export", "digits:v1", url(), ...(params?.() ?? [])], { password: "wr0ng-s3cret" });
  expect(code).toBe(1);
  expect(stderr).toContain(`The proxy 127.0.0.1:${proxy.port} does not connect to ${here}`);
  expect(stderr).toContain("HTTPS_PROXY");
  expect(stderr).not.toMatch(/wr0ng|Basic|server asks/);
});

test("a registry that no proxy leads to is told of, and whose word that is", async () => {
  const env = { BENTO_CLOUD_API_ENDPOINT: `https://${here}:${secure[2]}`, BENTO_CLOUD_API_KEY: "any" };
  const { code, stderr } = await bento(["models", "push", "digits:v1"], { env, password: "wr0ng-s3cret" });
  expect(code).toBe(1);
  expect(stderr).toContain(`The proxy 127.0.0.1:${proxy.port} does not connect to ${here}`);
});

test("a proxy that wants a password and is given none is told of where it asks for us, too", async () => {
  const HTTP_PROXY = `http://127.0.0.1:${proxy.port}`;
  const { code, stderr } = await bento(["models", "export", "digits:v1", `http://${here}:${nginx.port}/refused.zip`], {
    env: { HTTP_PROXY },
  });
  expect(code).toBe(1);
  expect(stderr).toContain("the proxy asks for a user and password, or does not accept these");
  expect(stderr).toContain("HTTP_PROXY");
});

test.each(["socks5://clerk:s3cret@127.0.0.1:1080", "http://", "clerk:s3cret@:x"])(
  "what is no proxy is told of, and not shown: %s",
  async (value) => {
    const { code, stderr } = await bento(["models", "import", `https://${here}:${secure[0]}/digits.zip`], { env: { HTTPS_PROXY: value } });
    expect(code).toBe(1);
    expect(stderr).toContain("The environment names no HTTP proxy");
    expect(stderr).not.toMatch(/s3cret/);
  },
);

test("a URL of a stranger is asked through none", async () => {
  const asked = await askedDuring(async () => {
    expect(await bento(["models", "import", `https://${here}:${secure[0]}/digits.zip`, "--untrusted"])).toMatchObject({ code: 1 });
  });
  expect(asked).toEqual([]);
});
