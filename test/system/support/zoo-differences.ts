import type { PythonResult } from "./zoo-calls.js";

/** Where a caller in Python gets something else from ours than from Python's server, on purpose. */
export interface ZooDifference {
  readonly why: string;
  /** Calls by their name, for every client that makes them, or by name and client: `typed/pair@sync`. */
  readonly calls: readonly string[];
  /** What the caller gets; of an error the message is not compared. */
  readonly result: PythonResult;
}

const invalid: PythonResult = { type: "raised", class: "bentoml.exceptions.InvalidArgument", error_code: 400 };
const notFound: PythonResult = { type: "raised", class: "bentoml.exceptions.NotFound", error_code: 404 };
const noNumber =
  "NaN and infinities are numbers in tensors and tables alone: elsewhere JSON has no word for them, and null takes their place";

/** Numbers in brackets are those of the list of defects and limits of Python's server. */
export const zooDifferences: readonly ZooDifference[] = [
  { why: noNumber, calls: ["typed/half-nan@sync", "typed/half-nan@async"], result: invalid },
  { why: noNumber, calls: ["typed/not-finite@sync", "typed/not-finite@async"], result: { type: "list", value: [null, null, 1.5] } },
  {
    why: `${noNumber}, which a client that is given the service's class refuses`,
    calls: ["typed/not-finite@sync-service", "typed/not-finite@async-service"],
    result: { type: "raised", class: "pydantic_core._pydantic_core.ValidationError" },
  },
  {
    why: "null is no number: a client that is given the service's class sends it for NaN, which Python's server fails at",
    calls: ["arrays/double-nan@sync-service", "arrays/double-nan@async-service"],
    result: invalid,
  },
  {
    why: "JavaScript writes whole floats as integers; a tensor that is of one type says so in its schema",
    calls: ["arrays/double-scalar"],
    result: { type: "ndarray", dtype: "int64", shape: [], value: 6 },
  },
  {
    why: "what a double cannot hold would come out as another number; bigints are there for it",
    calls: ["typed/add-big"],
    result: invalid,
  },
  {
    why: "what is said to be JSON is JSON: a text is in quotes, and arrives (5)",
    calls: ["typed/maybe-text", "typed/loose-text"],
    result: { type: "str", value: "x" },
  },
  {
    why: "a string output is the text itself, a time too",
    calls: ["typed/later"],
    result: { type: "str", value: "2024-01-03T03:04:05Z" },
  },
  {
    why: "a string output is the text itself, a time too",
    calls: ["typed/later-datetime@sync-service", "typed/later-datetime@async-service"],
    result: { type: "str", value: "2024-01-03T03:04:05" },
  },
  {
    why: "the schema says what the items of a tuple are, for which Python's client looks",
    calls: ["typed/pair@sync", "typed/pair@async"],
    result: { type: "str", value: "1a" },
  },
  { why: "no body is an empty text", calls: ["rooted/shout-empty"], result: { type: "str", value: "" } },
  {
    why: "no body is an empty text",
    calls: ["rooted/shout-nothing@sync", "rooted/shout-nothing@async"],
    result: { type: "str", value: "" },
  },
  {
    why: "the default of a root applies",
    calls: ["rooted/with-default@sync", "rooted/with-default@async"],
    result: { type: "int", value: 7 },
  },
  {
    why: "URLs are fetched where an endpoint asks for it: the body is the file",
    calls: ["rooted/size-url"],
    result: { type: "int", value: "http://127.0.0.1:9/x.txt".length },
  },
  { why: "URLs are fetched where an endpoint asks for it: elsewhere they are no files", calls: ["media/size-url"], result: invalid },
  { why: "what a caller does wrong is told as such: half an image is none (3)", calls: ["rooted/pixels-image@sync"], result: invalid },
  {
    why: "a name in ASCII goes beside: Python's client reads no other",
    calls: ["media/make-csv"],
    result: { type: "Path", given_name: "table _.csv", base64: "MCwwCjEsMQoyLDQK" },
  },
  {
    why: "the zoo has no codec for photographs: they go back as they came",
    calls: ["media/mirror-jpeg"],
    result: { type: "Image", format: "JPEG", mode: "RGB", size: [3, 2], pixels_hex: "50561a9aa0640b1199111700353b00383ec6" },
  },
  {
    why: "a stream that fails is broken off, lest half of it pass for all (15)",
    calls: ["streams/late-error"],
    result: { type: "raised", class: "httpx.RemoteProtocolError" },
  },
  {
    why: "an endpoint goes by the name that it was given (6)",
    calls: ["routed/original@sync", "routed/original@async"],
    result: { type: "raised", class: "builtins.AttributeError" },
  },
  {
    why: "an endpoint goes by the name that it was given (6)",
    calls: ["routed/renamed"],
    result: { type: "str", value: "original" },
  },
  {
    why: "an endpoint goes by the name that it was given, which Python's class of the service does not know (6)",
    calls: ["routed/original@sync-service", "routed/original@async-service"],
    result: notFound,
  },
  { why: "readiness is told on the bare host, too (7)", calls: ["prefixed/bare-url"], result: { type: "str", value: "x" } },
  { why: "every error has one form, that of unknown paths as well", calls: ["prefixed/echo-service"], result: notFound },
  {
    why: "the service's mistake is not the caller's (2)",
    calls: ["failing/wrong-output"],
    result: { type: "raised", class: "bentoml.exceptions.BentoMLException", error_code: 500 },
  },
  {
    why: "there are no model classes: an object that fits the schema is one",
    calls: ["failing/dict-for-model@sync", "failing/dict-for-model@async"],
    result: { type: "dict", value: { x: 1, y: 0 } },
  },
  {
    why: "there are no model classes: an object that fits the schema is one",
    calls: ["failing/dict-for-model@sync-service", "failing/dict-for-model@async-service"],
    result: { type: "model", class: "PointIODescriptor", fields: { x: 1, y: 0 } },
  },
  {
    why: "what a service says of a caller's rights in an error of its own is for the caller",
    calls: ["failing/bento-unauthorized"],
    result: { type: "raised", class: "bentoml.exceptions.BentoMLException", error_code: 401 },
  },
  {
    why: "what a service says of a caller's rights in an error of its own is for the caller",
    calls: ["failing/bento-forbidden"],
    result: { type: "raised", class: "zoo.Forbidden", error_code: 403 },
  },
];

/** The difference that there is for a call, if any. */
export function differenceOf(id: string): ZooDifference | undefined {
  return zooDifferences.find(({ calls }) => calls.includes(id) || calls.includes(id.slice(0, id.indexOf("@"))));
}
