import { main } from "@bento/cli";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { temporaryFolder } from "./bento.js";
import { FakeTerminal, run } from "./fake-terminal.js";

const folder = temporaryFolder();
const terminal = new FakeTerminal();
let ended: Promise<number>;
let url: string;

beforeAll(async () => {
  ended = main(["registry", "serve", "--port", "0", "--data", folder.path], terminal);
  await vi.waitUntil(() => terminal.stderr.includes("TOKEN\n"), { timeout: 30_000 });
  url = /http:\/\/127\.0\.0\.1:\d+/.exec(terminal.stderr)?.[0] ?? "";
});
afterAll(() => folder[Symbol.dispose]());

const token = (...args: readonly string[]) => run(["registry", "token", ...args, "--data", folder.path]);
const ask = (secret: string) => fetch(`${url}/api/v1/auth/current`, { headers: { "x-yatai-api-token": secret } });

test("the first start says how the first token is made, and that very command makes it while the registry is served", async () => {
  const [, command = ""] = /^ {2}bento (.+)$/m.exec(terminal.stderr) ?? [];
  expect(command).toBe(`registry token create admin --scope admin --data ${folder.path}`);
  expect(terminal.stderr).toContain(`bento cloud login --endpoint ${url} --api-token TOKEN`);
  const made = await run(command.split(" "));
  expect(made).toMatchObject({
    exit: 0,
    stdout: expect.stringMatching(/^bento_\S+\n$/),
    stderr: expect.stringContaining("not shown again"),
  });
  expect(await (await ask(made.stdout.trim())).json()).toMatchObject({ name: "admin" });
});

test("a token is listed without itself, ends when it should, and is worth nothing once revoked", async () => {
  const { stdout } = await token("create", "ci", "--scope", "read", "--expires", "30d", "-o", "json");
  const made = JSON.parse(stdout) as { id: string; token: string; expiresAt: string; scope: string };
  expect(made.scope).toBe("read");
  expect(Math.round((Date.parse(made.expiresAt) - Date.now()) / 86_400_000)).toBe(30);
  expect((await ask(made.token)).status).toBe(200);
  const listed = await token("list");
  expect(listed.stdout).toMatch(new RegExp(`${made.id}\\s+ci\\s+read`));
  expect(listed.stdout + (await token("list", "-o", "json")).stdout).not.toContain(made.token);
  expect(await token("revoke", made.id)).toMatchObject({ exit: 0, stdout: `Token ${made.id} revoked.\n` });
  expect((await ask(made.token)).status).toBe(401);
  expect((await token("list")).stdout).not.toContain(made.id);
  expect(await token("revoke", made.id)).toMatchObject({ exit: 1, stdout: "", stderr: expect.stringContaining("hint: ") });
});

test("what cannot be is refused", async () => {
  expect(await token("create", "late", "--expires", "2020-01-01")).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining("over already"),
  });
  expect(await token("create", "late", "--expires", "soon")).toMatchObject({ exit: 2 });
  expect(await token("create", "x", "--scope", "all")).toMatchObject({ exit: 2 });
  await token("create", "twice");
  expect(await token("create", "twice")).toMatchObject({ exit: 1, stderr: expect.stringMatching(/called "twice" already[^]*hint: /) });
  const alone = await run(["registry", "serve", "--tls-key", "key.pem", "--data", folder.path]);
  expect(alone).toMatchObject({ exit: 1, stderr: expect.stringContaining("--tls-cert") });
  const never = await run(["registry", "serve", "--audit-days", "0", "--data", folder.path]);
  expect(never).toMatchObject({ exit: 2, stderr: expect.stringContaining("--audit-days") });
  const forever = await run(["registry", "serve", "--audit-days", "99999", "--data", folder.path]);
  expect(forever).toMatchObject({ exit: 1, stderr: expect.stringMatching(/99999[^]*hint: .*36500/) });
  const open = await run(["registry", "serve", "--insecure", "--host", "0.0.0.0", "--data", folder.path]);
  expect(open).toMatchObject({ exit: 1, stderr: expect.stringContaining("insecure") });
});

test("an interruption ends it", async () => {
  terminal.interrupt("SIGINT");
  expect(await ended).toBe(0);
  await expect(fetch(url)).rejects.toThrow("fetch failed");
});
