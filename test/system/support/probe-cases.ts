import type { BentoErrorCode } from "@bento/core";
import type { TypedJson } from "./typed-json.js";

/** A call that the probe service answers alike in both languages, whoever asks. */
export interface ProbeCase {
  readonly about: string;
  readonly endpoint: string;
  /** An object input: Python's keyword arguments. */
  readonly input?: { readonly [name: string]: TypedJson };
  /** A root input, in place of `input`. */
  readonly root?: TypedJson;
  readonly answer: TypedJson;
}

/** Calls that succeed. */
export const answeredCases: readonly ProbeCase[] = [
  { about: "JSON object", endpoint: "add", input: { a: 1, b: 40 }, answer: 41 },
  { about: "a default left to the server", endpoint: "add", input: { a: 1 }, answer: 3 },
  { about: "negative and large integers", endpoint: "add", input: { a: -9_007_199_254_740_000, b: 1 }, answer: -9_007_199_254_739_999 },
  { about: "text from an object", endpoint: "greet", input: { who: "Ada", times: 2, sep: "\n" }, answer: "Hi Ada\nHi Ada" },
  {
    about: "unicode, quotes and control characters",
    endpoint: "greet",
    input: { who: '"é" 中文 😀\t\u0001' },
    answer: 'Hi "é" 中文 😀\t\u0001',
  },
  { about: "empty text", endpoint: "greet", input: { who: "x", times: 0 }, answer: "" },
  { about: "root text", endpoint: "shout", root: "straße 中文 😀", answer: "STRASSE 中文 😀" },
  { about: "root text that looks like JSON", endpoint: "shout", root: '"quoted"', answer: '"QUOTED"' },
  { about: "root list", endpoint: "total", root: [1, 2, 3, -10], answer: -4 },
  { about: "empty root list", endpoint: "total", root: [], answer: 0 },
  {
    about: "nested models with defaults deep inside",
    endpoint: "place",
    input: {
      order: {
        id: 7,
        items: [
          { name: "tea", price: 1.5 },
          { name: "Käse", price: 2, tags: ["a", "b"] },
        ],
      },
      express: true,
    },
    answer: {
      id: 7,
      items: [
        { name: "tea", price: 1.5, tags: [] },
        { name: "Käse", price: 2, tags: ["a", "b"] },
      ],
      note: "!",
    },
  },
  {
    about: "null for a nullable field",
    endpoint: "place",
    input: { order: { id: 7, items: [], note: null } },
    answer: { id: 7, items: [], note: "." },
  },
  {
    about: "a list of models",
    endpoint: "reverse",
    input: {
      items: [
        { name: "a", price: 0.5, tags: [] },
        { name: "b", price: 1.5, tags: ["x"] },
      ],
    },
    answer: [
      { name: "b", price: 1.5, tags: ["x"] },
      { name: "a", price: 0.5, tags: [] },
    ],
  },
  { about: "a map of any keys", endpoint: "weigh", input: { weights: { é: 0.25, "a b": 1.5 } }, answer: { é: 0.5, "a b": 3 } },
  { about: "no input, null answer", endpoint: "nothing", input: {}, answer: null },
  { about: "an optional value left out", endpoint: "maybe", input: {}, answer: null },
  { about: "an optional value of null", endpoint: "maybe", input: { x: null }, answer: null },
  { about: "an optional value given", endpoint: "maybe", input: { x: 0 }, answer: 0 },
  { about: "a custom route", endpoint: "routed", input: { text: "here" }, answer: "here" },
  {
    about: "a stream of models",
    endpoint: "tokens",
    input: { text: "a é 😀" },
    answer: [
      { id: 0, text: "a" },
      { id: 1, text: "é" },
      { id: 2, text: "😀" },
    ],
  },
];

/** A call that fails alike in both languages. */
export interface FailedCase {
  readonly about: string;
  readonly endpoint: string;
  readonly input: { readonly [name: string]: TypedJson };
  readonly status: number;
  /** What our client throws. */
  readonly code: BentoErrorCode;
  /** What Python's client raises. */
  readonly pythonClass: string;
  /** A text that reaches the caller. */
  readonly says?: string;
}

/** Calls that fail. */
export const failedCases: readonly FailedCase[] = [
  {
    about: "a bad argument",
    endpoint: "fail",
    input: { kind: "invalid" },
    status: 400,
    code: "BENTO_BAD_REQUEST",
    pythonClass: "InvalidArgument",
    says: "n must be even",
  },
  {
    about: "something absent",
    endpoint: "fail",
    input: { kind: "missing" },
    status: 404,
    code: "BENTO_NOT_FOUND",
    pythonClass: "NotFound",
    says: "no such cat",
  },
  {
    about: "something unprocessable",
    endpoint: "fail",
    input: { kind: "unprocessable" },
    status: 422,
    code: "BENTO_UNPROCESSABLE",
    pythonClass: "UnprocessableEntity",
    says: "cannot read the scan",
  },
  {
    about: "a service that is not ready",
    endpoint: "fail",
    input: { kind: "unavailable" },
    status: 503,
    code: "BENTO_UNAVAILABLE",
    pythonClass: "ServiceUnavailable",
  },
  {
    about: "a failure of the service",
    endpoint: "fail",
    input: { kind: "plain" },
    status: 500,
    code: "BENTO_INTERNAL",
    pythonClass: "BentoMLException",
  },
  {
    about: "a stream that fails before its first item",
    endpoint: "broken",
    input: { kind: "missing" },
    status: 404,
    code: "BENTO_NOT_FOUND",
    pythonClass: "NotFound",
    says: "no such cat",
  },
  {
    about: "an input that breaks the schema",
    endpoint: "add",
    input: { a: "one" },
    status: 400,
    code: "BENTO_INPUT_INVALID",
    pythonClass: "InvalidArgument",
  },
];
