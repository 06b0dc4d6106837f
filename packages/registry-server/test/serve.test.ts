import { once } from "node:events";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { expect, onTestFinished, test, vi } from "vitest";
import { createAuditLog } from "../src/audit/audit-log.js";
import { Registry } from "@bento/registry";
import { openSqlite } from "../src/database/sqlite.js";
import { openRegistryTokens } from "../src/registry-data.js";
import { serveRegistry } from "../src/serve-registry.js";
import { modelYaml, tarOfFiles } from "./support/made-item.js";
import { formKeyOf } from "./support/page-login.js";
import { selfSigned } from "./support/self-signed.js";
import { startRegistry } from "./support/started-registry.js";

const quiet = { info: () => {}, warn: () => {}, error: () => {} };

test("tokens are made and revoked while the registry is served, and count from the next request on", async () => {
  await using registry = await startRegistry();
  await using tokens = await openRegistryTokens({ data: registry.data });
  const { token } = await tokens.create({ name: "new", scope: "read" });
  const ask = async () => (await fetch(`${registry.url}/api/v1/auth/current`, { headers: { "x-yatai-api-token": token } })).status;
  expect(await ask()).toBe(200);
  await tokens.revoke("new");
  expect(await ask()).toBe(401);
});

test("a registry that nobody may use yet says so; its folder and its secret are nobody else's", async () => {
  const data = join(mkdtempSync(join(tmpdir(), "bento-first-")), "registry");
  await using registry = await serveRegistry({ data, port: 0, logger: quiet });
  expect(registry.wantsFirstToken).toBe(true);
  expect([statSync(data).mode & 0o077, statSync(join(data, "secret")).mode & 0o077]).toEqual([0, 0]);
  await using tokens = await openRegistryTokens({ data });
  await tokens.create({ name: "ann", scope: "admin" });
  await registry.close();
  await using again = await serveRegistry({ data, port: 0, logger: quiet });
  expect(again.wantsFirstToken).toBe(false);
  await again.close();
  rmSync(join(data, ".."), { recursive: true });
});

test("what is in flight when a registry ends is finished, and nothing new is taken", async () => {
  await using registry = await startRegistry();
  const headers = { "x-yatai-api-token": registry.tokens.write };
  const root = `${registry.url}/api/v1/model_repositories/slow/models`;
  await fetch(root, { method: "POST", headers, body: JSON.stringify({ version: "v1" }) });
  const tar = tarOfFiles({ "model.yaml": modelYaml("slow:v1"), "w.bin": Buffer.alloc(1_000_000, 3) });
  const upload = plainRequest(`${root}/v1/upload`, { method: "PUT", headers: { ...headers, "content-length": tar.length } });
  upload.write(tar.subarray(0, 10_000));
  const answered = once(upload, "response");
  // The server has it once it has asked the database for its push.
  await expect.poll(() => registry.count("pushes")).toBe(1);
  const closed = registry.server.close(20_000);
  await expect(fetch(`${registry.url}/login`)).rejects.toThrow("fetch failed");
  upload.end(tar.subarray(10_000));
  const [response] = (await answered) as [IncomingMessage];
  expect([response.statusCode, JSON.parse(await text(response))]).toMatchObject([200, { upload_status: "success" }]);
  await closed;
});

test("over TLS: the API, URLs that carry their own permission, and a cookie that goes over TLS alone", async () => {
  await using registry = await startRegistry({ tls: selfSigned, transmission: "presigned_url" });
  expect(registry.url).toMatch(/^https:/);
  const ask = async (method: string, path: string, body: string | Buffer = "", more: Record<string, string> = {}) => {
    const sent = tlsRequest(registry.url + path, {
      method,
      ca: selfSigned.cert,
      headers: { "x-yatai-api-token": registry.tokens.write, "content-length": String(Buffer.byteLength(body)), ...more },
    });
    sent.end(body);
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
  };
  const root = "/api/v1/model_repositories/safe/models";
  expect((await ask("POST", root, '{"version":"v1"}')).status).toBe(200);
  expect((await ask("PUT", `${root}/v1/upload`, tarOfFiles({ "model.yaml": modelYaml("safe:v1"), w: "1" }))).status).toBe(200);
  const { presigned_download_url: url } = JSON.parse((await ask("PATCH", `${root}/v1/presign_download_url`)).body.toString()) as {
    presigned_download_url: string;
  };
  expect(url.startsWith(`${registry.url}/`)).toBe(true);
  expect((await ask("GET", new URL(url).pathname, "", { "x-yatai-api-token": "" })).status).toBe(200);
  const login = await ask("POST", "/login", new URLSearchParams({ token: registry.tokens.read }).toString(), {
    "content-type": "application/x-www-form-urlencoded",
    origin: registry.url,
  });
  const stranger = new Registry({ endpoint: registry.url, token: registry.tokens.read, home: registry.data, env: {} });
  await expect(stranger.list()).rejects.toMatchObject({
    message: expect.stringContaining("self-signed certificate") as string,
    hint: expect.stringContaining("NODE_EXTRA_CA_CERTS") as string,
  });
  expect(login.headers["set-cookie"]?.[0]).toMatch(/^__Host-bento_registry=\S+; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
});

test("with each collection the audit log forgets what is older than it should keep, and nothing else", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  let note: (fields: object) => void = () => {};
  const collected = new Promise<object>((resolve) => void (note = resolve));
  const info = (fields: object, message: string): void => (message.includes("collected") ? note(fields) : undefined);
  await using registry = await startRegistry({ auditDays: 2, logger: { ...quiet, info } });
  const database = await openSqlite(join(registry.data, "registry.db"));
  for (const days of [2.01, 1.99]) {
    const log = createAuditLog(database, () => Date.now() - days * 86_400_000);
    await log.record({ action: "model.push", target: `${days}`, address: "", status: 200 });
  }
  await database.close();
  vi.advanceTimersByTime(600_000);
  expect(await collected).toMatchObject({ auditEntries: 1 });
  expect((await registry.audit()).map(({ target }) => target)).toEqual(["1.99"]);
});

test.each([
  ["days that no log can keep", { auditDays: 0 }, "BENTO_CONFIG_INVALID"],
  ["insecure for other machines", { insecure: true, host: "0.0.0.0" }, "BENTO_CONFIG_INVALID"],
  ["a certificate that is none", { tls: { cert: "x", key: "y" } }, "BENTO_CONFIG_INVALID"],
  ["a public URL with a path", { publicUrl: "https://example.com/registry" }, "BENTO_CONFIG_INVALID"],
  ["a host that is not here", { host: "203.0.113.1" }, "BENTO_LISTEN_FAILED"],
] as const)("%s is refused, and nothing stays open", async (_what, options, code) => {
  const data = mkdtempSync(join(tmpdir(), "bento-refused-"));
  await expect(serveRegistry({ data, port: 0, logger: quiet, ...options })).rejects.toMatchObject({ code });
  rmSync(data, { recursive: true });
});

test("a folder that cannot be made is refused", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bento-refused-"));
  writeFileSync(join(folder, "file"), "");
  await expect(serveRegistry({ data: join(folder, "file", "x"), port: 0, logger: quiet })).rejects.toMatchObject({
    code: "BENTO_CONFIG_INVALID",
  });
  rmSync(folder, { recursive: true });
});

test("insecure, everybody on this machine may do everything, and no web page anything", async () => {
  await using registry = await startRegistry({ insecure: true });
  const url = `${registry.url}/api/v1/model_repositories`;
  expect((await fetch(url, { method: "POST", body: '{"name":"open"}' })).status).toBe(200);
  const page = await fetch(`${registry.url}/models`);
  expect([page.status, formKeyOf(await page.text()) === ""]).toEqual([200, false]);
  expect((await fetch(url, { method: "POST", body: '{"name":"taken"}', headers: { origin: "http://evil.example" } })).status).toBe(403);
});

test("behind a proxy: the URLs are those of its name, and its word says who calls", async () => {
  await using registry = await startRegistry({
    publicUrl: "https://registry.example.com",
    trustProxy: true,
    transmission: "presigned_url",
  });
  const headers = { "x-yatai-api-token": registry.tokens.write, "x-forwarded-for": "6.6.6.6, 198.51.100.7" };
  const root = `${registry.url}/api/v1/model_repositories/far/models`;
  await fetch(root, { method: "POST", headers, body: '{"version":"v1"}' });
  const presigned = (await (await fetch(`${root}/v1/presign_upload_url`, { method: "PATCH", headers })).json()) as {
    presigned_upload_url: string;
  };
  expect(presigned.presigned_upload_url).toMatch(/^https:\/\/registry\.example\.com\/api\/v1\//);
  expect((await registry.audit()).map(({ address }) => address)).toContain("198.51.100.7");
});

test("a list is paged, searched and narrowed by labels; what is deleted is gone", async () => {
  await using registry = await startRegistry();
  const headers = { "x-yatai-api-token": registry.tokens.write };
  const api = `${registry.url}/api/v1`;
  for (const [name, version, stage] of [
    ["clf", "v1", "dev"],
    ["clf", "v2", "prod"],
    ["other", "v1", "prod"],
  ] as const) {
    const labels = [{ key: "stage", value: stage }];
    const buildAt = `2026-01-0${version === "v2" ? 2 : 1} 00:00:00.000000`;
    await fetch(`${api}/model_repositories/${name}/models`, {
      method: "POST",
      headers,
      body: JSON.stringify({ version, labels, build_at: buildAt }),
    });
    const tar = tarOfFiles({ "model.yaml": modelYaml(`${name}:${version}`, { label: stage }), w: version });
    expect(
      (
        await fetch(`${api}/model_repositories/${name}/models/${version}/upload`, {
          method: "PUT",
          headers,
          body: tar as Uint8Array<ArrayBuffer>,
        })
      ).status,
    ).toBe(200);
  }
  const list = async (path: string) => {
    const page = (await (await fetch(`${api}/${path}`, { headers })).json()) as {
      total: number;
      count: number;
      items: { name: string; repository?: { name: string } }[];
    };
    return { total: page.total, count: page.count, items: page.items.map(({ name, repository }) => `${repository?.name ?? ""}:${name}`) };
  };
  expect(await list("models?start=&count=&q=&search=")).toMatchObject({ total: 3, count: 3 });
  expect(await list("models?start=1&count=1")).toMatchObject({ total: 3, count: 1, items: [expect.any(String)] });
  expect((await list("models?q=label:stage=prod")).items.toSorted()).toEqual(["clf:v2", "other:v1"]);
  expect(await list("models?search=other")).toMatchObject({ total: 1, items: ["other:v1"] });
  expect(await list("model_repositories?search=CL")).toMatchObject({ total: 1, items: [":clf"] });
  expect((await fetch(`${api}/model_repositories/clf/models/v2`, { method: "DELETE", headers })).status).toBe(200);
  expect((await fetch(`${api}/model_repositories/clf/models/v2`, { headers })).status).toBe(404);
  expect((await (await fetch(`${api}/model_repositories/clf/models/latest`, { headers })).json()) as object).toMatchObject({
    name: "v1",
    version: "v1",
  });
  expect((await fetch(`${api}/model_repositories/clf`, { method: "DELETE", headers })).status).toBe(200);
  expect((await list("models")).items).toEqual(["other:v1"]);
});
