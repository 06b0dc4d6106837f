import type { TypedJson } from "./typed-json.js";

/** A file of a model. */
export interface ShapeFile {
  readonly path: string;
  readonly content: Uint8Array;
  readonly executable?: boolean;
}

/** A model that either side can be asked to write, in values that both sides have. */
export interface ModelShape {
  readonly tag: string;
  readonly module?: string;
  readonly apiVersion?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, TypedJson>>;
  /** Python's options have one key. */
  readonly options?: { readonly partial_kwargs: TypedJson };
  readonly context?: {
    readonly frameworkName: string;
    readonly frameworkVersions: Readonly<Record<string, string>>;
    readonly bentomlVersion: string;
    readonly pythonVersion: string;
  };
  readonly signatures?: Readonly<
    Record<
      string,
      {
        readonly batchable: boolean;
        readonly batchDim?: number | readonly [number, number];
        readonly inputSpec?: TypedJson;
        readonly outputSpec?: TypedJson;
      }
    >
  >;
  readonly files?: readonly ShapeFile[];
  readonly directories?: readonly string[];
}

const text = (path: string, content: string): ShapeFile => ({ path, content: new TextEncoder().encode(content) });

/** Texts that some YAML reader takes for something else, or that need quotes, escapes or folding. */
const trickyTexts: readonly string[] = [
  ["yes", "no", "on", "off", "y", "n", "Y", "N", "YES", "True", "true", "null", "Null", "~", "", " ", "=", "<<"],
  [
    "1_000",
    "0x10",
    "0x1f",
    "1e3",
    "1.0e+3",
    "1.0e5",
    ".5",
    "5.",
    "+1",
    "-",
    "010",
    "0o17",
    "0b11",
    "12:30:45",
    "1:20",
    ".inf",
    "-.INF",
    ".nan",
  ],
  [
    "2024-01-01",
    "2024-01-01T00:00:00Z",
    "2024-01-01 00:00:00.5 +02:00",
    " lead",
    "trail ",
    "a: b",
    ": ",
    "a #b",
    " #",
    "# c",
    "- x",
    "?",
    "? x",
  ],
  [
    "!t",
    "&a",
    "*a",
    "|",
    ">",
    "%x",
    "@x",
    "`x",
    "[x]",
    "{x}",
    "a,b",
    "it's",
    '"double"',
    "back\\slash",
    "tab\there",
    "line\nbreak",
    "line\n",
  ],
  ["\n", "\r\n", "...", "---", "--- a", "a\n...\n", ":", "a:", ":a", "__proto__", "constructor"],
  ["é", "中文", "😀", "\u0000", "\u007f", "\u0085", "\u00a0", "\u2028", "\u2029", "\ufeff", "\ufffe"],
  // Escapes up to and over the width at which PyYAML folds, at each distance from it.
  Array.from({ length: 11 }, (_, lead) => `${"x".repeat(lead)}${"😀".repeat(9)}`),
  ["word ".repeat(40).trim(), `${"x".repeat(90)} ${"y".repeat(90)}`, `${"é ".repeat(60)}end`],
].flat();

/** One model for each shape that a store can hold and that both sides can write. */
export const modelShapes: readonly ModelShape[] = [
  { tag: "bare:v1" },
  { tag: "a:1" },
  { tag: "a..b:1.-_2" },
  { tag: `${"n".repeat(63)}:${"v".repeat(63)}` },
  ...[
    "null:true",
    "on:off",
    "yes:no",
    "x:20240101",
    "x:1e5",
    "x:1.0e5",
    "x:0x1f",
    "x:010",
    "x:1.0",
    "x:1_000",
    "x:2024-01-01",
    "x:0b11",
    "x:9",
  ].map((tag) => ({ tag })),
  {
    tag: "labelled:v1",
    labels: {
      team: "vision",
      empty: "",
      "": "empty key",
      yes: "no",
      "1": "2",
      "unicode é": "中文 😀",
      "a/b.c-d_e: x": "x=y",
      spaces: "  both  ",
      newline: "a\nb",
      quote: 'it\'s "so"',
      long: "l".repeat(200),
      ["k".repeat(130)]: "a long key",
    },
  },
  { tag: "texts:values", metadata: { list: trickyTexts } },
  { tag: "texts:keys", metadata: Object.fromEntries(trickyTexts.map((key, index) => [key, index])) },
  { tag: "texts:nested-keys", metadata: { inner: Object.fromEntries(trickyTexts.map((key, index) => [key, [index]])) } },
  { tag: "texts:labels", labels: Object.fromEntries(trickyTexts.map((key) => [key, key])) },
  {
    tag: "types:v1",
    metadata: {
      text: "plain",
      yes: true,
      no: false,
      ints: [
        0,
        -1,
        2_147_483_648,
        9_007_199_254_740_991,
        { $type: "int", value: "9007199254740992" },
        { $type: "int", value: `-${"9".repeat(40)}` },
      ],
      floats: [0.5, -0.25, 1e-7, 1.5e300, 5e-324, 0.1, 123456.789, 1.7976931348623157e308],
      specials: [
        { $type: "float", value: "inf" },
        { $type: "float", value: "-inf" },
        { $type: "float", value: "nan" },
      ],
      bytes: [
        { $type: "bytes", base64: "" },
        { $type: "bytes", base64: "AAECAw==" },
        { $type: "bytes", base64: Buffer.alloc(300, "payload").toString("base64") },
      ],
      dates: [
        { $type: "date", value: "2024-02-29" },
        { $type: "date", value: "0001-01-01" },
        { $type: "date", value: "9999-12-31" },
      ],
      containers: [[], {}, [[]], [{}], [[1, [2, [3]]], { a: { b: { c: [] } } }]],
      mixed: {
        $type: "map",
        entries: [
          ["a", 1],
          [2, "int"],
          [2.5, "float"],
          [false, "bool"],
        ],
      },
    },
  },
  {
    tag: "context:v1",
    module: "bentoml.nowhere_to_be_found",
    apiVersion: "v2",
    context: {
      frameworkName: "torch",
      frameworkVersions: { torch: "2.4.1+cu121", onnx: "1.17", numpy: "2", weird: "1e5" },
      bentomlVersion: "1.4.38",
      pythonVersion: "3.9.21",
    },
  },
  {
    tag: "options:v1",
    options: { partial_kwargs: { predict: { check: false, n: 3, name: "no", none: null, list: [1, 2], ratio: 0.5 }, other: {} } },
  },
  {
    tag: "signed:v1",
    signatures: {
      predict: { batchable: true },
      proba: { batchable: true, batchDim: 1 },
      transform: { batchable: true, batchDim: [1, 0] },
      __call__: { batchable: false },
      run: { batchable: true, batchDim: 0, inputSpec: { dtype: "float32", shape: [-1, 4], names: ["a", "no"] }, outputSpec: { n: 1 } },
      only_input: { batchable: false, inputSpec: [1, "x", null] },
    },
  },
  {
    tag: "files:v1",
    files: [
      text("empty.txt", ""),
      { path: "all.bytes", content: Uint8Array.from({ length: 256 }, (_, index) => index) },
      { path: "weights.bin", content: Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7) % 251) },
      text("nested/deep/er/a.txt", "a"),
      text("sub/model.yaml", "name: not me"),
      text("latest", "not the pointer"),
      text(".hidden", "h"),
      text(".hidden.d/x", "x"),
      { ...text("run.sh", "#!/bin/sh\n"), executable: true },
      text("models/readme", "r"),
    ],
    directories: ["void", "void.nested/inner"],
  },
  {
    tag: "names:v1",
    files: [
      "with space.txt",
      " lead",
      "trail ",
      "#hash%41?.txt",
      "$HOME",
      "&amp;",
      "-rf",
      "...",
      "..x",
      "[x].txt",
      "ab:c",
      "star*.txt",
      "~tilde",
      "con",
    ]
      .concat([
        "données/模型-😀.txt",
        "nfc-é",
        "nfd-e\u0301",
        "percent%2e%2e%2f",
        "quote'\".txt",
        "comma,semi;",
        "{braces}",
        "Case.txt",
        "case.txt",
      ])
      .map((path) => text(path, path)),
  },
  ...["v1", "v10", "v2", "2024.06"].map((version, index) => ({ tag: `versions:${version}`, metadata: { index } })),
  ...["a", "ab", "abc"].map((version) => ({ tag: `prefix:${version}` })),
];
