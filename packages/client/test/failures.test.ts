import { getEventListeners } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { BentoError } from "@bento/core";
import { expect, onTestFinished, test, vi } from "vitest";
import { type ClientOptions, createClient } from "../src/index.js";
import { type Digits, digitsSchema } from "./digits.js";
import { json, listen } from "./listen.js";

async function failure(call: PromiseLike<unknown>): Promise<BentoError> {
  const outcome: unknown = await call.then(
    (value) => value,
    (error: unknown) => error,
  );
  if (BentoError.is(outcome)) return outcome;
  throw new Error("expected a BentoError", { cause: outcome });
}

function client(url: string | URL, options: ClientOptions = {}) {
  return createClient<Digits>(url, { schema: digitsSchema, retries: 0, ...options });
}

test.each([
  [400, '[{"error":"odd","code":"BENTO_BAD_REQUEST","hint":"be even"}]', "BENTO_BAD_REQUEST", "odd", "be even"],
  [404, '[{"error":"no such cat"}]', "BENTO_NOT_FOUND", "no such cat", undefined],
  [429, '{"error":"Too many requests"}', "BENTO_TOO_MANY_REQUESTS", "Too many requests", undefined],
  [405, "Method Not Allowed", "BENTO_METHOD_NOT_ALLOWED", "Method Not Allowed", undefined],
  [502, "<html><body>Bad gateway</body></html>", "BENTO_REMOTE_FAILED", "The server answered with status 502.", undefined],
])("status %i with %s is %s", async (status, body, code, message, hint) => {
  await using server = await listen((_seen, response) => response.writeHead(status).end(body));
  const error = await failure(client(server.url).echo("a"));
  expect(error).toMatchObject({ code, message, status });
  expect(error.hint).toBe(hint);
});

test("when to try again comes along, where the answer says so", async () => {
  await using server = await listen(({ path }, response) => {
    if (path === "/echo") response.setHeader("retry-after", "2");
    json(response, { error: "busy", code: "BENTO_OVERLOADED" }, 503);
  });
  expect(await failure(client(server.url).echo("a"))).toMatchObject({ code: "BENTO_OVERLOADED", retryAfterMs: 2000 });
  expect((await failure(client(server.url).classify({ images: [[]] }))).retryAfterMs).toBeUndefined();
});

test("issues of an invalid input come along", async () => {
  const detail = [{ type: "too_small", loc: ["images", 0], msg: "Too small" }];
  await using server = await listen((_seen, response) => json(response, { error: "1 problem", detail, code: "BENTO_INPUT_INVALID" }, 400));
  const error = await failure(client(server.url).classify({ images: [[]] }));
  if (!BentoError.is(error, "BENTO_INPUT_INVALID")) throw error;
  expect(error.issues).toEqual([{ path: ["images", 0], message: "Too small", code: "too_small" }]);
});

test("no server there", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(taken.address() as AddressInfo).port}`;
  await new Promise((resolve) => taken.close(resolve));
  const error = await failure(client(url, { token: "s3cret" }).echo("a"));
  expect(error).toMatchObject({ code: "BENTO_REMOTE_FAILED", hint: expect.stringContaining("running") as string });
  expect(error.message).toContain(`POST ${url}/echo failed: connect ECONNREFUSED`);
  expect(error.cause).toBeInstanceOf(TypeError);
  expect(JSON.stringify([error.message, error.hint])).not.toContain("s3cret");
});

test("a server that breaks off in the middle of an answer", async () => {
  await using server = await listen((_seen, response) => {
    response.writeHead(200, { "content-length": "100" }).write("half");
    response.destroy();
  });
  expect(await failure(client(server.url).echo("a"))).toMatchObject({ code: "BENTO_REMOTE_FAILED" });
});

test("a server that never answers meets the timeout of the call, or the client's", async () => {
  await using server = await listen(() => undefined);
  const error = await failure(client(server.url).echo("a", { timeoutMs: 20 }));
  expect(error).toMatchObject({ code: "BENTO_TIMEOUT", status: 504 });
  expect(error.message).toBe(`The call of "echo" at ${server.url} had no answer within 20 ms.`);
  expect(await failure(client(server.url, { timeoutMs: 20 }).echo("a"))).toMatchObject({ code: "BENTO_TIMEOUT" });
  expect(await failure(createClient<Digits>(server.url, { timeoutMs: 20 }).echo("a"))).toMatchObject({ code: "BENTO_TIMEOUT" });
  expect(await failure(client(server.url).echo("a", { signal: AbortSignal.timeout(20) }))).toMatchObject({ code: "BENTO_TIMEOUT" });
});

test("an answer that trickles for ever meets the timeout too", async () => {
  await using server = await listen((_seen, response) => response.writeHead(200).write("half"));
  expect(await failure(client(server.url).echo("a", { timeoutMs: 50 }))).toMatchObject({ code: "BENTO_TIMEOUT" });
});

test("a fetch that ignores its signal still ends in time", async () => {
  const never = client("http://service.invalid", { fetch: () => new Promise<Response>(() => undefined) });
  expect(await failure(never.echo("a", { timeoutMs: 10 }))).toMatchObject({ code: "BENTO_TIMEOUT" });
});

test("aborting ends the call, and the request with it", async () => {
  let closed = (): void => undefined;
  const gone = new Promise<void>((resolve) => (closed = resolve));
  const controller = new AbortController();
  await using server = await listen((_seen, response) => {
    response.on("close", closed);
    controller.abort(new Error("changed my mind"));
  });
  const error = await failure(client(server.url).echo("a", { signal: controller.signal }));
  expect(error).toMatchObject({ code: "BENTO_CANCELLED", cause: new Error("changed my mind") });
  await gone;
});

test("many calls may share a signal: no runtime takes it for a leak, and nothing of them stays with it", async () => {
  const { signal } = new AbortController();
  const warned = vi.spyOn(process, "emitWarning");
  onTestFinished(() => warned.mockRestore());
  await using server = await listen((_seen, response) => response.end("done"));
  const calling = client(server.url, { signal });
  expect(new Set(await Promise.all(Array.from({ length: 40 }, () => calling.echo("a", { signal }))))).toEqual(new Set(["done"]));
  expect(warned).not.toHaveBeenCalled();
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

test("an aborted signal sends nothing; the client's ends every call", async () => {
  await using server = await listen((_seen, response) => json(response, digitsSchema));
  const signal = AbortSignal.abort();
  expect(await failure(createClient<Digits>(server.url).echo("a", { signal }))).toMatchObject({ code: "BENTO_CANCELLED" });
  expect(await failure(createClient<Digits>(server.url, { signal }).echo("a"))).toMatchObject({ code: "BENTO_CANCELLED" });
  expect(server.seen).toHaveLength(0);
});

test("one caller that gives up leaves the schema to the others", async () => {
  let release = (): void => undefined;
  const asked = new Promise<void>((resolve) => (release = resolve));
  const controller = new AbortController();
  await using server = await listen(async ({ path }, response) => {
    if (path === "/echo") return response.end("done");
    await asked;
    return json(response, digitsSchema);
  });
  const shared = createClient<Digits>(server.url);
  const patient = shared.echo("a").then((value) => value);
  const hasty = failure(shared.echo("b", { signal: controller.signal }));
  controller.abort();
  expect(await hasty).toMatchObject({ code: "BENTO_CANCELLED" });
  release();
  expect(await patient).toBe("done");
});

test("what is not JSON names the endpoint and shows its beginning", async () => {
  await using server = await listen((_seen, response) => response.end("<html>Log in</html>"));
  expect(await failure(client(server.url).classify({ images: [] }))).toMatchObject({
    code: "BENTO_REMOTE_FAILED",
    message: '"classify" answered with what is not JSON: "<html>Log in</html>".',
  });
});

test.each(['{"no":"routes"}', "[]", "<html>", '{"routes":[{"name":"a"}]}'])("a schema that is none: %s", async (body) => {
  await using server = await listen((_seen, response) => response.end(body));
  const error = await failure(createClient<Digits>(server.url).echo("a"));
  expect(error).toMatchObject({ code: "BENTO_REMOTE_FAILED", message: `${server.url}/schema.json describes no Bento service.` });
});

test("a schema given that is none is the option's fault", () => {
  expect(() => createClient("http://host", { schema: { routes: [] as never[], name: 1 as never } })).not.toThrow();
  expect(() => createClient("http://host", { schema: { name: "digits" } as never })).toThrow(
    expect.objectContaining({ code: "BENTO_CONFIG_INVALID", message: "The option `schema` describes no Bento service." }) as Error,
  );
});

test.each(["ftp://host/x", "nonsense", "http://"])("%s is no service's URL", (url) => {
  expect(() => createClient(url)).toThrow(
    expect.objectContaining({ code: "BENTO_CONFIG_INVALID", message: expect.stringContaining(url) as string }) as Error,
  );
});

test.each([
  "http://user:s3cret@host",
  "user:s3cret@host",
  "ftp:/user:s3cret@host",
  "http://host/?key=s3cret",
  "ftp://user:s3cret@host/?a=s3cret",
  "http://host#s3cret",
])("a secret in the URL is refused and not repeated: %s", (url) => {
  let thrown: unknown;
  try {
    createClient(url);
  } catch (error) {
    thrown = error;
  }
  if (!BentoError.is(thrown, "BENTO_CONFIG_INVALID")) throw new Error("accepted", { cause: thrown });
  expect(`${thrown.message} ${thrown.hint ?? ""}`).not.toContain("s3cret");
});

test("a token that no header can carry is refused without quoting it", () => {
  expect(() => createClient("http://host", { token: "s3\ncret" })).toThrow(/^The token or a header holds characters/);
});

test("a controller is no signal, and the hint says what is", async () => {
  const signal = new AbortController() as never;
  const refusal = { code: "BENTO_CONFIG_INVALID", hint: "Pass `controller.signal`." };
  expect(() => client("http://host", { signal })).toThrow(expect.objectContaining(refusal) as Error);
  expect(await failure(client("http://host").echo("a", { signal }))).toMatchObject(refusal);
});

test.each([0, -1, Number.NaN, "5" as never])("%j is no timeout", async (timeoutMs) => {
  expect(() => createClient("http://host", { timeoutMs })).toThrow(expect.objectContaining({ code: "BENTO_CONFIG_INVALID" }) as Error);
  expect(await failure(client("http://host").echo("a", { timeoutMs }))).toMatchObject({ code: "BENTO_CONFIG_INVALID" });
});
