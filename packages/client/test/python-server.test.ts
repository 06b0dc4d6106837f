import { readFileSync } from "node:fs";
import { BentoError } from "@bento/core";
import { expect, test } from "vitest";
import { createClient, type ServiceDocument } from "../src/index.js";
import { json, listen } from "./listen.js";

// What a real Python BentoML 1.4.39 answered, played back by a real server.
interface Exchange {
  readonly id: string;
  readonly path: string;
  readonly body: string;
  readonly status: number;
  readonly content_type: string;
  readonly body_text?: string;
  readonly body_base64?: string;
  readonly chunks?: readonly (string | { readonly base64: string })[];
}
type Recorded = Record<string, { readonly schema: ServiceDocument; readonly exchanges: readonly Exchange[] }>;
const recorded = JSON.parse(readFileSync(new URL("./fixtures/python-exchanges.json", import.meta.url), "utf8")) as Recorded;

type AnyService = Record<string, (input: unknown) => unknown>;

/** Calls the endpoint of an exchange with its input, against a server that gives the recorded answer. */
async function replay(id: string): Promise<{ outcome: unknown; sent: string }> {
  const found = Object.values(recorded).find(({ exchanges }) => exchanges.some((exchange) => exchange.id === id));
  const exchange = found?.exchanges.find((candidate) => candidate.id === id);
  if (!found || !exchange) throw new Error(`no exchange ${id}`);
  await using server = await listen(({ path }, response) => {
    if (path === "/schema.json") return json(response, found.schema);
    response.writeHead(exchange.status, { "content-type": exchange.content_type });
    for (const chunk of exchange.chunks ?? []) response.write(typeof chunk === "string" ? chunk : Buffer.from(chunk.base64, "base64"));
    return response.end(exchange.body_base64 === undefined ? exchange.body_text : Buffer.from(exchange.body_base64, "base64"));
  });
  const client = createClient<AnyService>(server.url) as unknown as Record<string, (input: unknown) => Promise<unknown>>;
  const route = found.schema.routes.find((candidate) => candidate.route === exchange.path);
  const input: unknown = route?.input["root_input"] === true && route.input["type"] === "string" ? exchange.body : parse(exchange.body);
  const outcome = await client[route?.name ?? ""]?.(input).catch((error: unknown) => error);
  return { outcome, sent: server.seen.at(-1)?.body ?? "" };
}

function parse(text: string): unknown {
  return JSON.parse(text.replace("NaN", "null"));
}

test.each<[string, unknown]>([
  ["typed/greet-all", "Hi Bo-Hi Bo-Hi Bo"],
  ["typed/greet-unicode", "Hi Zoë ☕·Hi Zoë ☕"],
  ["typed/add", 3],
  ["typed/half-nan", Number.NaN],
  ["typed/half-infinity", Number.POSITIVE_INFINITY],
  ["typed/not-finite", [Number.NaN, Number.POSITIVE_INFINITY, 1.5]],
  ["typed/nothing", null],
  ["typed/maybe", 4],
  ["typed/maybe-null", null],
  ["typed/maybe-text", "x"],
  ["typed/maybe-text-null", null],
  ["typed/loose-text", "x"],
  ["typed/later", "2024-01-03T03:04:05Z"],
  ["typed/weekday", "Thursday"],
  ["typed/choose", "blue"],
  ["typed/unicode", { é: "ü☕𝄞" }],
  ["typed/bytes-unicode", new Uint8Array([169, 195, 97])],
  ["rooted/shout", "HÉLLO"],
  ["rooted/total", 6],
  ["rooted/next", 42],
  ["rooted/move", { x: 2, y: 5 }],
  [
    "streams/tokens",
    [
      { id: 0, text: "a" },
      { id: 1, text: "b" },
    ],
  ],
  ["streams/empty", []],
])("%s", async (id, value) => {
  const { outcome } = await replay(id);
  expect(outcome).toEqual(value);
});

test.each<[string, string]>([
  ["streams/words", "thequickfox"],
  ["streams/letters", "abc"],
  ["streams/late-error", "one"],
  ["streams/events", 'event: token\ndata: {"i": 0}\n\nevent: token\ndata: {"i": 1}\n\ndata: [DONE]\n\n'],
])("%s yields text as it comes", async (id, text) => {
  const { outcome } = await replay(id);
  expect((outcome as string[]).join("")).toBe(text);
});

test("a stream of bytes stays bytes", async () => {
  const { outcome } = await replay("streams/blocks");
  expect(Buffer.concat(outcome as Uint8Array[]).toString("base64")).toBe("AP8B/gL9");
});

test.each<[string, string, string]>([
  ["failing/bento-invalid", "BENTO_BAD_REQUEST", "argument n must be even"],
  ["failing/bento-missing", "BENTO_NOT_FOUND", "no such cat"],
  ["failing/bento-unprocessable", "BENTO_UNPROCESSABLE", "cannot read the scan"],
  ["failing/bento-unauthorized", "BENTO_UNAUTHORIZED", "Authorization error"],
  ["failing/bento-too_many", "BENTO_TOO_MANY_REQUESTS", "slow down"],
  ["failing/bento-unavailable", "BENTO_UNAVAILABLE", "An unexpected error has occurred, please check the server log."],
  ["failing/plain", "BENTO_INTERNAL", "An unexpected error has occurred, please check the server log."],
  ["streams/early-error", "BENTO_NOT_FOUND", "nothing to stream"],
])("%s is %s", async (id, code, message) => {
  const { outcome } = await replay(id);
  expect(outcome).toMatchObject({ code, message });
});

test("a validation error keeps the path of each problem", async () => {
  const { outcome } = await replay("failing/nested-bad");
  if (!BentoError.is(outcome, "BENTO_INPUT_INVALID")) throw outcome;
  expect(outcome.issues).toHaveLength(4);
  expect(outcome.issues[0]).toEqual({ path: ["order", "id"], message: "Field required", code: "missing" });
});

test("what is sent is what a Python server reads", async () => {
  expect((await replay("rooted/shout")).sent).toBe("héllo");
  expect((await replay("rooted/total")).sent).toBe("[1,2,3]");
  expect(JSON.parse((await replay("typed/greet-all")).sent)).toEqual({ who: "Bo", times: 3, sep: "-" });
});
