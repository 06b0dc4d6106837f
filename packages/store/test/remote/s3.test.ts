import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { gather, listed } from "../../../../test/support/remote-bytes.js";
import { openDriver } from "../../src/remote/drivers/known-drivers.js";
import { idleAgents, wasSilent } from "../../src/remote/drivers/s3/idle-agents.js";
import { locationOfUrl, type RemoteOptions } from "../../src/remote/remote-location.js";
import type { Remote } from "../../src/remote/remote.js";

/** Answers as each test wants it to. */
let answerTo: (asked: IncomingMessage, answer: ServerResponse) => void;
let asked: IncomingMessage[] = [];
let server: Server;
let endpoint: string;
beforeAll(async () => {
  server = createServer((came, answer) => {
    asked.push(came.resume());
    answerTo(came, answer);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await once(server, "close");
});
beforeEach(() => {
  asked = [];
  // Nothing of whoever runs this.
  for (const name of ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION"])
    vi.stubEnv(name, undefined);
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", join(tmpdir(), "bento-nowhere"));
  vi.stubEnv("AWS_CONFIG_FILE", join(tmpdir(), "bento-nowhere"));
});

const { signal } = new AbortController();
const keys = { user: "key", password: "the-secret" };
function open(options: RemoteOptions = keys, url = "s3://models"): Promise<Remote> {
  return openDriver(locationOfUrl(url, { ...options, params: { endpoint, ...options.params } }), { signal });
}
function xml(code: string, message: string): string {
  return `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
}

/** What becomes of an answer. */
interface Meant {
  readonly isTransient: boolean;
  readonly code: string;
  readonly words: string;
  readonly retryAfterMs?: number;
}

test.each<readonly [number, string, Record<string, string>, Meant]>([
  [
    503,
    xml("SlowDown", "Not so fast."),
    { "retry-after": "7" },
    { isTransient: true, code: "BENTO_TRANSFER_FAILED", words: "503, SlowDown: Not so fast", retryAfterMs: 7000 },
  ],
  [
    502,
    "<html><body>Bad gateway",
    {},
    { isTransient: true, code: "BENTO_TRANSFER_FAILED", words: "502, its answer is none of an S3 server" },
  ],
  [200, "<html><body>Welcome", {}, { isTransient: false, code: "BENTO_TRANSFER_FAILED", words: "200, its answer is none of an S3 server" }],
  [400, "", {}, { isTransient: false, code: "BENTO_TRANSFER_FAILED", words: "the server answered 400." }],
  [400, xml("ExpiredToken", "Too late."), {}, { isTransient: false, code: "BENTO_UNAUTHORIZED", words: "ExpiredToken: Too late" }],
  [
    403,
    xml("AccessDenied", "You may not, the-secret."),
    {},
    { isTransient: false, code: "BENTO_FORBIDDEN", words: "AccessDenied: You may not, ***" },
  ],
  [404, xml("NoSuchBucket", "What bucket?"), {}, { isTransient: false, code: "BENTO_NOT_FOUND", words: "NoSuchBucket: What bucket?" }],
  [501, xml("NotImplemented", "Cannot."), {}, { isTransient: false, code: "BENTO_TRANSFER_FAILED", words: "NotImplemented: Cannot" }],
])("an answer of %i with %j says what is the matter", async (status, body, headers, { isTransient, code, words, retryAfterMs }) => {
  answerTo = (_, answer) => answer.writeHead(status, headers).end(body);
  await using remote = await open();
  const failure: unknown = await listed(remote, "a").catch((error: unknown) => error);
  const message = expect.stringContaining(words) as string;
  expect(failure).toMatchObject({ code, message, cause: { isTransient }, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
  expect(inspect(failure, { depth: 9, showHidden: true })).not.toMatch(/the-secret|AWS4-HMAC/);
});

test("nobody listening, and a connection that breaks, may be over soon", async () => {
  answerTo = (_, answer) => answer.destroy();
  await using broken = await open();
  await using nobody = await open({ ...keys, params: { endpoint: "http://127.0.0.1:1" } });
  for (const remote of [broken, nobody])
    await expect(remote.stat("x")).rejects.toMatchObject({ code: "BENTO_TRANSFER_FAILED", cause: { isTransient: true } });
});

test("without keys one learns where they may stand", async () => {
  await expect(open({})).rejects.toMatchObject({
    code: "BENTO_UNAUTHORIZED",
    hint: expect.stringMatching(/AWS_ACCESS_KEY_ID.*profile.*anonymous=true/) as string,
    cause: { isTransient: false },
  });
});

test("keys, region and server come from a profile, and its secret is not seen", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bento-aws-"));
  await writeFile(
    join(folder, "config"),
    `[profile work]\nregion = mars-1\naws_access_key_id = of-work\naws_secret_access_key = kept/by+work\n`,
  );
  await writeFile(join(folder, "config-2"), `[profile work]\nregion = mars-1\nendpoint_url = ${endpoint}\n`);
  vi.stubEnv("AWS_CONFIG_FILE", join(folder, "config"));
  answerTo = (_, answer) => answer.writeHead(403).end(xml("AccessDenied", "Not with kept/by+work."));
  await using named = await open({ params: { profile: "work" } });
  await expect(gather(named.read("x"))).rejects.toMatchObject({ message: expect.stringContaining("Not with ***.") as string });
  expect(asked.at(-1)?.headers.authorization).toMatch(/Credential=of-work\/\d+\/mars-1\/s3/);
  // Files are read once for each path.
  vi.stubEnv("AWS_CONFIG_FILE", join(folder, "config-2"));
  vi.stubEnv("AWS_PROFILE", "work");
  await using found = await openDriver(locationOfUrl("s3://models", keys), { signal });
  await expect(gather(found.read("x"))).rejects.toMatchObject({ code: "BENTO_FORBIDDEN" });
  expect(asked.at(-1)?.url).toMatch(/^\/models\/x\?/);
  await rm(folder, { recursive: true });
});

test("the bucket's region is learnt from the server, and the time of a machine whose clock is wrong", async () => {
  answerTo = ({ headers }, answer) => {
    if (headers.authorization?.includes("/us-east-1/"))
      answer.writeHead(301, { "x-amz-bucket-region": "moon-2" }).end(xml("PermanentRedirect", "Elsewhere."));
    else if (Math.abs(timeOf(headers["x-amz-date"]) - later.getTime()) > 60_000)
      answer.writeHead(403, { date: later.toUTCString() }).end(xml("RequestTimeTooSkewed", "Late."));
    else answer.writeHead(200).end("content");
  };
  const later = new Date(Date.now() + 5 * 3600_000);
  await using remote = await open();
  expect(String(await gather(remote.read("x")))).toBe("content");
  expect(asked.map(({ headers }) => /\/([^/]*)\/s3\//.exec(headers.authorization ?? "")?.[1])).toEqual(["us-east-1", "moon-2", "moon-2"]);
  answerTo = (_, answer) => answer.writeHead(403, { date: later.toUTCString() }).end(xml("RequestTimeTooSkewed", "Late."));
  await expect(gather(remote.read("x"))).rejects.toMatchObject({
    code: "BENTO_UNAUTHORIZED",
    hint: expect.stringContaining("clock") as string,
  });
});

/** `20261123T010203Z` */
function timeOf(text: unknown): number {
  return Date.parse(String(text).replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)/, "$1-$2-$3T$4:$5:"));
}

function page(keysOf: readonly string[], next?: string): string {
  const contents = keysOf.map((key) => `<Contents><Key>${key}</Key><Size>${key.endsWith("/") ? 0 : 3}</Size><ETag>"e"</ETag></Contents>`);
  const token = next === undefined ? "" : `<NextContinuationToken>${next}</NextContinuationToken>`;
  return `<ListBucketResult><IsTruncated>${next !== undefined}</IsTruncated>${token}${contents.join("")}</ListBucketResult>`;
}

test("a listing goes on page by page, and keys that end in a slash are folders", async () => {
  const pages = new Map([
    [null, page(["f/", "f/a", "f/b/"], "2")],
    ["2", page([], "3")],
    ["3", page(["f/b/c"])],
  ]);
  answerTo = ({ url }, answer) => answer.end(pages.get(new URL(`http://x${url}`).searchParams.get("continuation-token")));
  await using remote = await open();
  const found = [...(await listed(remote, "f")).values()];
  expect(found.map(({ kind, path }) => `${kind} ${path}`)).toEqual(["file f/a", "folder f/b", "file f/b/c"]);
  answerTo = (_, answer) => answer.end(page(["f/a"], "again"));
  await expect(listed(remote, "f")).rejects.toThrow("listed twice");
});

test.each(["f/../x", "f//x", "elsewhere", "/f/x", "f/./x", "f/a\\..\\x", "f/.."])("a server that lists %s is not believed", async (key) => {
  answerTo = (_, answer) => answer.end(page(["f/good", key]));
  await using remote = await open();
  const failure = { code: "BENTO_TRANSFER_FAILED", message: expect.stringContaining("the server lists the key") as string };
  await expect(listed(remote, "f")).rejects.toMatchObject(failure);
});

test("a read notices what is not what was asked for", async () => {
  await using remote = await open();
  const fails = async (options: object, isTransient: boolean): Promise<void> => {
    await expect(gather(remote.read("x", options))).rejects.toMatchObject({ code: "BENTO_TRANSFER_FAILED", cause: { isTransient } });
  };
  // The whole in place of a part.
  answerTo = (_, answer) => answer.writeHead(200, { "content-length": 10 }).end("0123456789");
  await fails({ start: 5 }, false);
  // Another object.
  answerTo = (_, answer) => answer.writeHead(200, { etag: '"new"' }).end("0123456789");
  await fails({ version: '"old"' }, false);
  expect(asked.at(-1)?.headers["if-match"]).toBe('"old"');
  answerTo = (_, answer) => answer.writeHead(412).end(xml("PreconditionFailed", "Another."));
  await fails({ version: '"old"' }, false);
  // Less than was announced.
  answerTo = (_, answer) => {
    answer.writeHead(200, { "content-length": 100 }).write("0123456789");
    answer.destroy();
  };
  await fails({}, true);
});

test("a silent server is given up, a reader who takes its time is not", async () => {
  const { httpAgent } = idleAgents(60);
  answerTo = (_, answer) => void answer.writeHead(200).write("some");
  const silent = request(endpoint, { agent: httpAgent }).end();
  const given = once(silent, "error");
  const [answer] = (await once(silent, "response")) as [IncomingMessage];
  const { socket } = answer;
  await expect(gather(answer)).rejects.toThrow("aborted");
  expect(await given).toMatchObject([{ message: "the server was silent for too long" }]);
  expect(wasSilent(socket)).toBe(true);
  httpAgent.destroy();
  // So much that it does not fit between the two.
  answerTo = (_, large) => void large.end(Buffer.alloc(20_000_000));
  const { httpAgent: patient } = idleAgents();
  const [paused] = (await once(request(endpoint, { agent: patient }).end(), "response")) as [IncomingMessage];
  await once(paused, "readable");
  await vi.waitUntil(() => paused.socket.isPaused());
  // As if its limit had passed while nobody reads.
  paused.socket.emit("timeout");
  expect((await gather(paused)).length).toBe(20_000_000);
  patient.destroy();
});
