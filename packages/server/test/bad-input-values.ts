import { type BadCase, gzipped, onePart, post } from "./bad-input-requests.js";

/** What is wrong, the value as JSON, where in it the problem is, and what kind of problem. */
type BadValue = readonly [what: string, json: string, at: readonly (string | number)[], issue: string];

const deep = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

/** What no tensor is, whatever its elements. */
const noTensor = (element: string): readonly BadValue[] => [
  ["a ragged list", `[[${element},${element}],[${element}]]`, [1], "ragged"],
  ["a row in place of an element", `[[${element},${element}],[${element},[${element}]]]`, [1, 1], "ragged"],
  ["an element in place of a row", `[[${element},${element}],${element}]`, [1], "ragged"],
  ["another shape", `[[${element},${element},${element}]]`, [], "shape_mismatch"],
  ["a dimension too many", `[[[${element},${element}]]]`, [], "shape_mismatch"],
  ["a scalar", element, [], "shape_mismatch"],
  ["null among the elements", `[[${element},null]]`, [0, 1], "invalid_type"],
  ["an object among the elements", `[[${element},{"a":1}]]`, [0, 1], "invalid_type"],
  ["an object", '{"0":1,"length":1}', [], "invalid_type"],
  ["a prototype", '{"__proto__":[1,2]}', [], "invalid_type"],
  ["null", "null", [], "invalid_type"],
  ["a word", '"tensor"', [], "invalid_type"],
  ["33 dimensions", deep(33), Array.from({ length: 32 }, () => 0), "too_big"],
];

const noFile: readonly BadValue[] = [
  ["a number", "1", [], "invalid_type"],
  ["null", "null", [], "invalid_type"],
  ["a list", "[]", [], "invalid_type"],
  ["an object", '{"path":"/etc/passwd"}', [], "invalid_type"],
  ["a path", '"/etc/passwd"', [], "invalid_type"],
  ["a URL of a file", '"file:///etc/passwd"', [], "invalid_type"],
  ["a URL", '"http://169.254.169.254/latest/"', [], "url_not_allowed"],
  ["a data URL without a comma", '"data:text/plain;base64"', [], "invalid_format"],
  ["a data URL of no base64", '"data:text/plain;base64,?!"', [], "invalid_format"],
];

/** Kinds by name, as in `fixtures/bad-input-service.mjs`. */
const values: Readonly<Record<string, readonly BadValue[]>> = {
  file: noFile,
  image: noFile,
  audio: noFile,
  video: noFile,
  pdf: noFile,
  float32: [
    ...noTensor("0.5"),
    ["digits as text", '[[0.5,"1"]]', [0, 1], "invalid_type"],
    ["a truth", "[[0.5,true]]", [0, 1], "invalid_type"],
    ["more than a float32 holds", "[[0.5,1e39]]", [0, 1], "out_of_range"],
    ["a misspelled NaN", '[[0.5,"nan"]]', [0, 1], "invalid_type"],
  ],
  float16: [...noTensor("0.5"), ["more than a float16 holds", "[[0.5,65520]]", [0, 1], "out_of_range"]],
  bfloat16: [
    ["another shape", "[[1,2]]", [], "shape_mismatch"],
    ["a ragged list", "[[1,2],[3]]", [1], "ragged"],
    ["more than a bfloat16 holds", "[[1,2],[3,3.4e38]]", [1, 1], "out_of_range"],
  ],
  int8: [
    ...noTensor("1"),
    ["a fraction", "[[1,1.5]]", [0, 1], "out_of_range"],
    ["more than an int8 holds", "[[1,128]]", [0, 1], "out_of_range"],
    ["NaN in words", '[[1,"NaN"]]', [0, 1], "invalid_type"],
  ],
  uint8: [...noTensor("1"), ["less than a uint8 holds", "[[1,-1]]", [0, 1], "out_of_range"]],
  int64: [
    ...noTensor("1"),
    ["a fraction", "[[1,1.5]]", [0, 1], "out_of_range"],
    ["a number that is not exact", "[[1,9007199254740993]]", [0, 1], "out_of_range"],
    ["more than an int64 holds", '[[1,"9223372036854775808"]]', [0, 1], "out_of_range"],
    ["text with more than digits", '[[1,"1n"]]', [0, 1], "invalid_type"],
  ],
  uint64: [...noTensor("1"), ["less than a uint64 holds", '[[1,"-1"]]', [0, 1], "out_of_range"]],
  bool: [...noTensor("true"), ["a number", "[[true,1]]", [0, 1], "invalid_type"]],
  table: [
    ["a number", "1", [], "invalid_dataframe"],
    ["null", "null", [], "invalid_dataframe"],
    ["a record that is none", '[{"n":1},2]', [1], "invalid_dataframe"],
    ["a list among records", '[{"n":1},[1]]', [1], "invalid_dataframe"],
    ["lists of another length", "[[1,2]]", [0], "invalid_dataframe"],
    ["columns of other lengths", '{"n":[1,2],"s":["a"]}', ["s"], "invalid_dataframe"],
    ["a column that is none", '{"n":1}', ["n"], "invalid_dataframe"],
    ["text in a column of numbers", '[{"n":1},{"n":"2"}]', [1, "n"], "invalid_type"],
    ["a number in a column of texts", '{"s":["a",1]}', [1, "s"], "invalid_type"],
    ["a number in a column of truths", '[{"b":1}]', [0, "b"], "invalid_type"],
    ["a fraction in a column of bigints", '[{"i":1.5}]', [0, "i"], "invalid_type"],
    ["what is no date", '[{"d":"2020-13-45"}]', [0, "d"], "invalid_type"],
  ],
  date: [
    ["a number", "1", [], "invalid_type"],
    ["what is no date", '"2020-13-45"', [], "invalid_type"],
    ["a word", '"yesterday"', [], "invalid_type"],
    ["null", "null", [], "invalid_type"],
    ["an object", '{"__proto__":null}', [], "invalid_type"],
  ],
  bigint: [
    ["a fraction", "1.5", [], "invalid_type"],
    ["digits and more", '"12n"', [], "invalid_type"],
    ["a million digits", `"${"9".repeat(50_000)}"`, [], "invalid_type"],
    ["null", "null", [], "invalid_type"],
    ["a truth", "true", [], "invalid_type"],
  ],
  union: [
    ["neither", '"neither"', [], "invalid_union"],
    ["a tensor of another shape", "[1,2,3]", [], "invalid_union"],
    ["null", "null", [], "invalid_union"],
  ],
  chosen: [
    ["no discriminator", "{}", ["kind"], "invalid_union"],
    ["one of no member", '{"kind":"film"}', ["kind"], "invalid_union"],
    ["one of the prototype", '{"kind":"constructor"}', ["kind"], "invalid_union"],
    ["a discriminator in the prototype alone", '{"__proto__":{"kind":"numbers"},"value":[1,2,3,4]}', ["kind"], "invalid_union"],
    ["the value of another member", '{"kind":"picture","value":[1,2,3,4]}', ["value"], "invalid_type"],
    ["a tensor of another shape", '{"kind":"numbers","value":[1,2,3]}', ["value"], "shape_mismatch"],
    ["no value", '{"kind":"picture"}', ["value"], "invalid_type"],
  ],
  nested: [
    ["a date deep inside", '{"list":[{"at":null},{"at":"never"}]}', ["list", 1, "at"], "invalid_type"],
    ["a tensor deep inside", '{"list":[{"at":null,"points":[1,null]}]}', ["list", 0, "points", 1], "invalid_type"],
    ["a missing date", '{"list":[{}]}', ["list", 0, "at"], "invalid_type"],
    ["no list", '{"list":{"0":1,"length":1}}', ["list"], "invalid_type"],
  ],
};

/** Kinds whose whole input is a body of its own, in which JSON is not looked for. */
const notRoot = new Set(["file", "image", "audio", "video", "pdf"]);
const json = "application/json";

/** Values that are JSON and not what is due, in each encoding that JSON may come in. */
export function badValues(): BadCase[] {
  return Object.entries(values).flatMap(([kind, list]) => list.flatMap((value) => encoded(kind, value)));
}

function encoded(kind: string, [what, text, at, issue]: BadValue): BadCase[] {
  const refusal = { status: 400, code: "BENTO_INPUT_INVALID", says: issue } as const;
  const field = (how: string, init: RequestInit): BadCase => ({
    what: `${kind}: ${what}, ${how}`,
    path: `/${kind}`,
    init,
    at: ["x", ...at],
    ...refusal,
  });
  const object = `{"note":"a","x":${text}}`;
  const cases = [
    field("in JSON", post(json, object)),
    field("in compressed JSON", gzipped(json, object)),
    field("in a multipart field", onePart(text)),
    field("in a part that says it is JSON", onePart(text, "\r\nContent-Type: application/json")),
    field("in a urlencoded field", post("application/x-www-form-urlencoded", `note=a&x=${encodeURIComponent(text)}`)),
  ];
  if (notRoot.has(kind)) return cases;
  const root = { path: `/root-${kind}`, at, ...refusal };
  return [
    ...cases,
    { what: `${kind}: ${what}, as the whole input`, init: post(json, text), ...root },
    { what: `${kind}: ${what}, as the whole input without a type`, init: post("application/octet-stream", text), ...root },
  ];
}
