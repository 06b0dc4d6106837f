import { expect, test } from "vitest";
import { confirmLogin } from "./support/page-login.js";
import { expectRecorded, filesOf } from "./support/recorded-answer.js";
import { type RecordedExchange, type RecordedRemote, type RecordedScenario, readRecordings } from "./support/recordings.js";
import { isFault, Replay } from "./support/replay.js";
import { ReplayedRegistry, rootOf } from "./support/replayed-registry.js";

const recordings = await readRecordings();

/** The recorded registry did there what none should, and ours does not: what is there afterwards differs. */
const otherwiseAfterwards = ["models-push-checksum-refused", "models-push-checksum-refused-multipart", "models-push-forgetful"];

test.each(recordings.scenarios.map((scenario) => [scenario.name, scenario] as const))(
  "what Python's client said: %s",
  async (name, scenario) => {
    await using registry = await ReplayedRegistry.start(scenario, recordings);
    const replay = new Replay({ url: registry.url, token: registry.token, recordings });
    await registry.push(scenario.before.remote);
    // Those of one time share their requests.
    const steps = scenario.steps.filter(({ at_the_same_time: shared }, index) => shared !== true || index === 0);
    const seen: RecordedRemote[] = [];
    const recorded: RecordedRemote[] = [];
    for (const step of steps) {
      if (step.between !== undefined) await change(registry, scenario, step.between);
      const [first = 1, last = 0] = step.requests ?? [];
      for (const exchange of scenario.requests_sent.slice(first - 1, last)) {
        if (exchange.request.body?.incomplete === true) await replay.sendHalf(exchange);
        else if (!isFault(scenario, exchange)) await sendAndCompare(exchange, { replay, registry, except: exceptions(name, exchange) });
        // There somebody agreed in the browser.
        if (name === "login-browser" && exchange.n === 3) await confirmLogin(registry, replay.valueOf("<code>"));
      }
      if (step.after === undefined || otherwiseAfterwards.includes(name)) continue;
      seen.push(await registry.remote());
      recorded.push(step.after.remote);
    }
    expect(seen).toEqual(recorded);
  },
);

interface Comparing {
  readonly replay: Replay;
  readonly registry: ReplayedRegistry;
  readonly except: readonly string[];
}

/** Keys whose values are others on purpose. */
function exceptions(scenario: string, { request: { path } }: RecordedExchange): readonly string[] {
  // What is told while an upload begins, nobody reads.
  const isStart = path.endsWith("/start_upload");
  const status = otherwiseAfterwards.includes(scenario) ? ["upload_status", "latest_model"] : isStart ? ["upload_status"] : [];
  // Their bytes were too large to keep: what was sent for them says other things of itself.
  return /\/(?:big|huge)(?:\/|$)/.test(path) ? [...status, "labels", "manifest", "build_at"] : status;
}

async function sendAndCompare(exchange: RecordedExchange, { replay, registry, except }: Comparing): Promise<void> {
  const answer = await replay.send(exchange);
  if (refusesUnfinished(exchange)) return expect(answer).toMatchObject({ status: 404, json: { code: "BENTO_BENTO_NOT_FOUND" } });
  expectRecorded(exchange, answer, recordings, except);
  const tag = downloaded(exchange);
  if (tag === undefined || answer.status !== 200) return;
  expect(answer.headers.get("content-length")).toBe(String(answer.bytes.length));
  expect(await filesOf(answer.bytes)).toEqual(await filesOf(registry.archive(...tag)));
}

/** A bento that is not whole is refused where Python's client can say why, before its next request, which it could not survive. */
function refusesUnfinished({ request: { method, path }, response: { body } }: RecordedExchange): boolean {
  const status = (body?.json as { upload_status?: string } | undefined)?.upload_status;
  return method === "GET" && /\/bentos\/[^/]+$/.test(path) && status !== undefined && status !== "success";
}

/** Which version's tar the answer is. */
function downloaded({ request: { method, path } }: RecordedExchange): ["model" | "bento", string] | undefined {
  const [, kind, name, version] =
    /^\/(?:api\/v1|objects)\/(model|bento)(?:_repositories)?\/([^/]+)(?:\/[a-z]+s)?\/([^/]+)(?:\/download)?$/.exec(path) ?? [];
  const isTar = method === "GET" && (path.endsWith("/download") || path.startsWith("/objects/"));
  return isTar && kind !== undefined ? [kind as "model" | "bento", `${name}:${version === "latest" ? "b1" : version}`] : undefined;
}

/** What was changed in a recorded registry between two steps, as far as it is about versions. */
async function change(registry: ReplayedRegistry, { before }: RecordedScenario, between: string): Promise<void> {
  const status =
    /^(?:version|bento) is marked (pending|uploading|failed)$/.exec(between)?.[1] ??
    (between.includes("without content") ? "uploading" : undefined);
  if (status === undefined) return;
  const kind = between.startsWith("bento") || Object.keys(before.remote.models).length === 0 ? "bento" : "model";
  const [tag = ""] = Object.keys(before.remote[`${kind}s`]);
  await registry.ask("DELETE", rootOf(kind, tag));
  await registry.register(kind, tag);
  if (status !== "pending") await registry.ask("PATCH", `${rootOf(kind, tag)}/start_upload`);
  if (status === "failed")
    await registry.ask("PATCH", `${rootOf(kind, tag)}/finish_upload`, { status: "failed", reason: "it was marked so" });
}
