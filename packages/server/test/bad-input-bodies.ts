import { deflateRawSync, gzipSync } from "node:zlib";

import { type BadCase, onePart, post } from "./bad-input-requests.js";

const json = "application/json";
const formType = "multipart/form-data; boundary=b";
const head = 'Content-Disposition: form-data; name="x"';
const urlencoded = "application/x-www-form-urlencoded";

type Refusal = Pick<BadCase, "status" | "code" | "says" | "at">;

const badRequest = (says: string): Refusal => ({ status: 400, code: "BENTO_BAD_REQUEST", says });
const tooLarge = (says: string): Refusal => ({ status: 413, code: "BENTO_PAYLOAD_TOO_LARGE", says });
const unsupported = (says: string): Refusal => ({ status: 415, code: "BENTO_MEDIA_TYPE_UNSUPPORTED", says });
const invalid = (issue: string, ...at: readonly (string | number)[]): Refusal => ({
  status: 400,
  code: "BENTO_INPUT_INVALID",
  says: issue,
  at,
});

const deep = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

/** What is wrong, where it is sent, the request, and how it is refused. */
const bodies: readonly (readonly [what: string, path: string, init: RequestInit, refusal: Refusal])[] = [
  // JSON that is none, or more than anybody meant.
  ["NaN", "/date", post(json, '{"x":NaN}'), badRequest("line 1, column 6")],
  ["Infinity", "/root-bigint", post(json, "\n -Infinity"), badRequest("line 2, column 2")],
  ["a number beyond all", "/int8", post(json, '{"x":[[1e999,1]]}'), invalid("out_of_range", "x", 0, 0)],
  ["a comma too many", "/float32", post(json, '{"x":[[1,2]],}'), badRequest("column 14")],
  ["JSON that is cut off", "/float32", post(json, '{"x":[[1,'), badRequest("not valid JSON")],
  ["two values", "/float32", post(json, "{}{}"), badRequest("column 3")],
  ["no UTF-8", "/float32", post(json, Uint8Array.of(0x7b, 0xff, 0x7d)), badRequest("UTF-8")],
  ["UTF-16", "/float32", post(json, Buffer.from('{"x":1}', "utf16le")), badRequest("not valid JSON")],
  ["a charset", "/float32", post(`${json}; charset=utf-16`, "{}"), unsupported("utf-16")],
  ["a list where an object is due", "/float32", post(json, "[]"), invalid("invalid_type")],
  ["null where an object is due", "/float32", post(json, "null"), invalid("invalid_type")],
  ["no body", "/float32", { method: "POST" }, invalid("invalid_type", "x")],
  ["no body at all", "/root-float32", { method: "POST" }, invalid("invalid_type")],
  ["no file at all", "/root-file", { method: "POST" }, invalid("invalid_type")],
  [
    "ten thousand levels for a tensor",
    "/root-float32",
    post(json, deep(10_000)),
    invalid("too_big", ...Array.from({ length: 32 }, () => 0)),
  ],
  ["ten thousand levels for dates", "/nested", post(json, `{"x":{"list":${deep(10_000)}}}`), invalid("invalid_type", "x", "list", 0)],
  ["fifty thousand levels for a tree", "/tree", post(json, deep(50_000)), badRequest("nested too deeply")],
  ["__proto__ in a strict object", "/strict", post(json, '{"__proto__":{"n":1}}'), invalid("unrecognized_keys")],
  ["constructor in a strict object", "/strict", post(json, '{"constructor":{"prototype":{"n":1}}}'), invalid("unrecognized_keys")],
  ["__proto__ in a form", "/strict", post(urlencoded, "__proto__=1"), invalid("unrecognized_keys")],
  [
    "__proto__ as a part",
    "/float32",
    onePart("1", '\r\nX: y\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; name="__proto__"'),
    invalid("shape_mismatch", "x"),
  ],
  // One size for two tensors.
  ["a name of a dimension twice", "/pair", post(json, '{"points":[[1,2],[3,4]],"weights":[1]}'), invalid("shape_mismatch", "weights")],
  ["an optional that is null", "/optional", post(json, '{"x":null}'), invalid("invalid_type", "x")],
  ["an optional that is wrong", "/optional", post(json, '{"x":[[1]]}'), invalid("shape_mismatch", "x")],
  ["a nullable file that is a number", "/optional", post(json, '{"f":0}'), invalid("invalid_type", "f")],
  // Bytes, which are no JSON, in JSON.
  ["bytes of no base64", "/bytes", post(json, '{"x":"????"}'), invalid("invalid_base64", "x")],
  ["bytes of half a base64", "/bytes", post(json, '{"x":"AAAAA"}'), invalid("invalid_base64", "x")],
  ["bytes that are a list", "/bytes", post(json, '{"x":[1,2]}'), invalid("invalid_type", "x")],
  ["bytes of no base64 in a form", "/bytes", onePart("?"), invalid("invalid_base64", "x")],
  // Types that nobody reads.
  ["pickle", "/float32", post("application/vnd.bentoml+pickle", "\x80\x04."), unsupported("pickle")],
  ["XML", "/float32", post("text/xml", "<x/>"), unsupported("text/xml")],
  ["a form for a whole input", "/root-float32", onePart("[[1,2]]"), unsupported("multipart/form-data")],
  ["a form for a file", "/root-file", onePart("x", '; filename="x"'), unsupported("form")],
  ["fields for a whole input", "/root-table", post(urlencoded, "x=1"), unsupported("urlencoded")],
  ["safetensors where there are none", "/date", post("application/x-safetensors", "x"), unsupported("safetensors")],
  ["Arrow where there is none", "/date", post("application/vnd.apache.arrow.stream", "x"), unsupported("arrow")],
  // What a form may not be.
  ["no boundary", "/file", post("multipart/form-data", "x"), badRequest("no boundary")],
  ["a boundary of other characters", "/file", post('multipart/form-data; boundary="a<b"', "x"), badRequest("a<b")],
  ["another boundary", "/file", post(formType, `--c\r\n${head}\r\n\r\nx\r\n--c--`), badRequest('"b"')],
  ["no end", "/file", post(formType, `--b\r\n${head}; filename="x"\r\n\r\nx`), badRequest('the field "x"')],
  ["no last boundary", "/file", post(formType, `--b\r\n${head}\r\n\r\nx\r\n--b\r\n`), badRequest("last boundary")],
  ["a part without a name", "/file", post(formType, "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--"), badRequest("no name")],
  ["text that is no UTF-8", "/date", onePart(Uint8Array.of(255)), badRequest('The field "x"')],
  ["ten thousand parts", "/file", post(formType, `--b\r\n${head}\r\n\r\nx\r\n`.repeat(10_000)), tooLarge("1000 parts")],
  ["a field of two megabytes", "/date", onePart("x".repeat(2 << 20)), tooLarge('The field "x"')],
  ["ten thousand fields", "/date", post(urlencoded, "x=1&".repeat(10_000)), tooLarge("1000 parts")],
  ["half an escape", "/date", post(urlencoded, "x=%f"), badRequest('The field "x"')],
  ["a name with half an escape", "/date", post(urlencoded, "%f=x"), badRequest('The field "%f=x"')],
  ["JSON that says it were a form", "/date", post(urlencoded, '{"x":1}'), unsupported("is JSON")],
  // What is compressed, and is not.
  ["an encoding that nobody knows", "/date", post(json, "{}", { "content-encoding": "zstd" }), unsupported("zstd")],
  ["two encodings", "/date", post(json, "{}", { "content-encoding": "gzip, gzip" }), unsupported("gzip, gzip")],
  ["no gzip", "/date", post(json, "{}", { "content-encoding": "gzip" }), badRequest("not valid gzip")],
  [
    "gzip that is cut off",
    "/root-image",
    post("image/png", gzipSync("x".repeat(100)).subarray(0, 20), { "content-encoding": "gzip" }),
    badRequest("not valid gzip"),
  ],
  [
    "gzip whose sum is wrong",
    "/date",
    post(json, Buffer.concat([gzipSync("{}").subarray(0, -8), Buffer.alloc(8)]), { "content-encoding": "gzip" }),
    badRequest("not valid gzip"),
  ],
  [
    "a raw stream for deflate",
    "/date",
    post(json, deflateRawSync("{}"), { "content-encoding": "deflate" }),
    badRequest("not valid deflate"),
  ],
  ["no brotli", "/bytes", post(formType, "{}", { "content-encoding": "br" }), badRequest("not valid br")],
];

/** What is wrong with a body before anybody looks at its values. */
export function badBodies(): BadCase[] {
  return bodies.map(([what, path, init, refusal]) => ({ what: `${path}: ${what}`, path, init, ...refusal }));
}
