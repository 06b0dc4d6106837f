import { describe, expect, test } from "vitest";

import { type Difference, type Exchange, readExchanges, replay } from "./bentoml-replay.js";
import { Arrays, Batched, chewing, Media, Swamped } from "./bentoml-zoo-kinds.js";
import { Rooted, Typed } from "./bentoml-zoo-typed.js";
import { type Door, doors, open } from "./doors.js";
import { gate } from "./gate.js";
import { samplesOf, valueOf } from "./exposition.js";

/** What ours does otherwise on purpose, and in which exchanges that shows. */
interface Rule extends Difference {
  readonly ids: readonly string[];
}

const json = "application/json";

const rules: readonly Rule[] = [
  {
    why: "every error has one form here, those of unknown paths and verbs as well",
    contentType: json,
    body: null,
    ids: ["readyz-post", "unknown", "unknown-post", "endpoint-get", "endpoint-put", "endpoint-options", "endpoint-head"].map(
      (name) => `typed/${name}`,
    ),
  },
  {
    why: "a value of another type is refused, even if one could be made of it: texts, booleans and times as numbers, fractions cut off",
    status: 400,
    contentType: json,
    body: null,
    ids: [
      "typed/greet-lenient-int",
      "typed/greet-bool-int",
      "typed/flip-words",
      "typed/half-infinity",
      "typed/place-epoch",
      "rooted/next-text",
      "arrays/count-fraction",
    ],
  },
  {
    why: "NaN and Infinity are no JSON, and numbers that a double cannot hold would come out as others",
    status: 400,
    body: null,
    ids: ["typed/half-nan", "typed/half-exponent", "typed/add-big"],
  },
  { why: "NaN and Infinity are no JSON", body: "[null, null, 1.5]", ids: ["typed/not-finite"] },
  {
    why: "what cannot be decoded has no place in the input that could be named",
    body: null,
    ids: [
      "typed/greet-malformed",
      "typed/greet-trailing-comma",
      "typed/greet-bad-utf8",
      "typed/greet-bom",
      "rooted/shout-bad-utf8",
      "rooted/move-malformed",
    ],
  },
  {
    why: "a caller's mistake is told as one (reference 10.2, 3)",
    status: 400,
    body: null,
    ids: [
      "rooted/total-malformed",
      "rooted/pixels-broken",
      "arrays/double-text",
      "arrays/count-big",
      "media/size-form-url",
      "media/size-form-text",
      "media/size-bad-boundary",
      "media/size-broken",
      "media/image-size-broken",
    ],
  },
  { why: "a form of too many parts is too large", status: 413, body: null, ids: ["media/many-fields"] },
  { why: "a form without its end is refused as a whole, lest half of it pass for all", body: null, ids: ["media/size-cut"] },
  { why: "a text that JSON is said to be is in quotes (reference 10.2, 5)", body: '"x"', ids: ["typed/maybe-text", "typed/loose-text"] },
  { why: "a string output is the text itself, a time too", body: "2024-01-03T03:04:05Z", ids: ["typed/later"] },
  { why: "a string output is the text itself, a time too", body: "2024-01-03T15:04:05", ids: ["typed/later-by"] },
  { why: "an issue names the row of a tensor", places: [["a", 1]], ids: ["arrays/double-ragged"] },
  { why: "an issue names the element of a tensor", places: [["m", 0, 0]], ids: ["arrays/scale-text"] },
  { why: "a union has one place, whatever its types", places: [["v"]], ids: ["typed/either-bad"] },
  { why: "a tuple that is too short is wrong as a whole", places: [["p"]], ids: ["typed/pair-short"] },
  { why: "no body is no value, in which nothing can be missing", places: [[]], ids: ["rooted/move-empty"] },
  { why: "no body is an empty text", body: "", ids: ["rooted/shout-empty"] },
  { why: "no body of a type is an empty file", body: "0", ids: ["rooted/size-empty"] },
  { why: "the default of a root applies", status: 200, body: "7", ids: ["rooted/with-default"] },
  {
    why: "a text in a form is a text where the schema says so",
    status: 200,
    contentType: "text/plain; charset=utf-8",
    body: "Hi 5",
    ids: ["typed/greet-form-number-str"],
  },
  { why: "what an image is, its own bytes say", status: 200, body: "[3, 2]", ids: ["media/image-size-wrong"] },
  {
    why: "the type of a root file is checked like that of an upload",
    status: 400,
    contentType: json,
    body: null,
    ids: ["rooted/wav-other"],
  },
  {
    why: "URLs are fetched where an endpoint asks for it: the body is the file",
    status: 200,
    body: "20",
    ids: ["rooted/size-url-loopback"],
  },
  {
    why: "a name in ASCII goes beside: Python's own client reads no other",
    disposition: "attachment; filename=\"table _.csv\"; filename*=utf-8''table%20%C3%A9.csv",
    ids: ["media/make-csv", "media/make-csv-range"],
  },
  { why: "the zoo has no codec for photographs: they go back as they came", body: null, ids: ["media/mirror-jpeg"] },
];

const differences = new Map(rules.flatMap(({ ids, ...difference }) => ids.map((id) => [id, difference] as const)));
const services = { Typed, Rooted, Arrays, Media, Batched, Swamped };
const exchanges = readExchanges("bentoml-kinds-exchanges.jsonl");

test("each difference is one of a recorded exchange", () => {
  const ids = new Set(exchanges.map(({ id }) => id));
  expect([...differences.keys()].filter((id) => !ids.has(id))).toEqual([]);
});

describe.each(doors)("what BentoML was asked, by %s", (door) => {
  test.each(Object.entries(services))("%s", async (name, service) => {
    await using ours = await open(door, service);
    const asked = exchanges.filter((exchange) => exchange.service === name);
    expect(asked.length).toBeGreaterThan(10);
    const crowds = asked.filter(({ group }) => group !== undefined);
    const first = crowds[0] === undefined ? asked.length : asked.indexOf(crowds[0]);
    for (const exchange of asked.slice(0, first)) await ask(ours, exchange);
    await askWhileHeld(ours, crowds);
    for (const exchange of asked.slice(first + crowds.length)) await ask(ours, exchange);
  });
});

function ask(ours: Door, exchange: Exchange): Promise<void> {
  return replay(ours, exchange, differences.get(exchange.id));
}

/** Calls that came while a batch ran: that one lasts until they wait for theirs, or are refused. */
async function askWhileHeld(ours: Door, [holder, ...others]: readonly Exchange[]): Promise<void> {
  if (holder === undefined) return;
  Object.assign(chewing, { isHeld: true, held: gate(), release: gate() });
  const held = ask(ours, holder);
  await chewing.held.promise;
  const answers = Promise.all(others.map((exchange) => ask(ours, exchange)));
  if (others.every(({ response }) => response.status === 200)) {
    const waiting = async () =>
      valueOf(samplesOf(await (await ours.fetch("/metrics")).text()), "bentoml_service_batch_waiting", { endpoint: holder.request.path });
    await expect.poll(waiting).toBe(others.length);
  } else await answers;
  chewing.release.open();
  await Promise.all([held, answers]);
}
