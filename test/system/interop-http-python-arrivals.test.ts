import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PythonSession } from "./support/python-session.js";
import { serveModule, serveZoo } from "./support/served-zoo.js";
import type { PythonResult } from "./support/zoo-calls.js";

const service = fileURLToPath(new URL("support/arrivals-service.ts", import.meta.url));
const text = (value: string): PythonResult => ({ type: "str", value });

let python: PythonSession;
let server: Awaited<ReturnType<typeof serveModule>>;
beforeAll(async () => {
  python = await PythonSession.start();
  server = await serveModule(service, "Arrivals");
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await python[Symbol.asyncDispose]();
});

/** What a client gets that has only the URL. A call names it `client`; the async one awaits it. */
async function call(client: "sync" | "async", code: string): Promise<PythonResult | undefined> {
  const made = client === "sync" ? "SyncHTTPClient(url)" : "AsyncHTTPClient(url)";
  const [result] = await python.zooCalls(server.url, [{ client, made, call: client === "sync" ? code : `await ${code}` }]);
  return result;
}

describe.each(["sync", "async"] as const)("what Python's %s client sends arrives as", (client) => {
  test.each([
    ["a tensor of floats", "client.any_tensor(a=np.array([[1, 2.5], [3, 4]]))", "true float64 2x2 Float64Array 1,2.5,3,4"],
    [
      "a tensor of the dtype that is due",
      "client.float_tensor(a=np.arange(4, dtype=np.float32).reshape(2, 2))",
      "true float32 2x2 Float32Array 0,1,2,3",
    ],
    ["a tensor with what is no number", "client.any_tensor(a=np.array([np.nan, -np.inf]))", "true float64 2 Float64Array NaN,-Infinity"],
    ["a tensor of integers", "client.int_tensor(a=np.array([1, -2**53 + 1]))", "true int64 2 BigInt64Array 1,-9007199254740991"],
    ["a tensor of booleans", "client.bool_tensor(a=np.array([True, False]))", "true bool 2 Uint8Array 1,0"],
    ["a whole tensor", "client.root_tensor(np.ones((1, 2)))", "true float64 1x2 Float64Array 1,1"],
    [
      "a table",
      'client.table(df=pd.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": [0.5, np.nan]}))',
      "DataFrame 2; a number 1,2; b string x,y; c number 0.5,NaN",
    ],
    [
      "a table of the types that are due, in which NaN is what is missing, as in pandas",
      'client.typed_table(df=pd.DataFrame({"n": [1, 2], "s": ["x", None], "b": [True, None], "at": [None, "2024-02-29"], "big": [1, 2]}))',
      "DataFrame 2; n number 1,2; s string|object x,null; b boolean|object true,null; at object|Date null,2024-02-29T00:00:00.000Z; big bigint 1,2",
    ],
    [
      "a table of the types that are due",
      'client.typed_table(df=[{"n": 1.5, "s": "é", "b": True, "at": "2024-02-29T12:00:00Z", "big": 7}])',
      "DataFrame 1; n number 1.5; s string é; b boolean true; at Date 2024-02-29T12:00:00.000Z; big bigint 7",
    ],
    ["an image", 'client.picture(img=Image.open("files/dot.png"))', "true png 3 2 dot.png"],
    ["an image of a path", 'client.picture(img=Path("files/photo.jpg"))', "true jpeg 3 2 photo.jpg"],
    [
      "files",
      'client.papers(files=[Path("files/note.txt"), Path("files/other note.md")], note="NaN")',
      "NaN; BentoFile note.txt text/plain 23; BentoFile other note.md text/markdown 8",
    ],
    ["a time", "client.moment(at=dt.datetime(2024, 2, 29, tzinfo=dt.timezone.utc).isoformat())", "Date 2024-02-29T00:00:00.000Z"],
    ["an integer", "client.big(n=2**53 - 1)", "bigint 9007199254740991"],
    ["the digits of a big integer", "client.big(n=str(2**200 + 1))", `bigint ${2n ** 200n + 1n}`],
  ])("%s", async (_kind, code, answer) => {
    expect(await call(client, code)).toEqual(text(answer));
  });

  test("models and enums, which pydantic writes", async () => {
    const model = '{"kind": "circle", "at": zoo.Point(x=1).model_dump(), "day": str(dt.date(2024, 2, 29))}';
    expect(await call(client, `client.shape(shape=${model})`)).toEqual({
      type: "dict",
      value: { kind: "circle", at: { x: 2, label: null }, day: "2024-02-29" },
    });
  });

  test("a number that lost its last digits is refused, and never another integer", async () => {
    expect(await call(client, "client.big(n=2**60 + 1)")).toMatchObject({
      class: "bentoml.exceptions.InvalidArgument",
      message: expect.stringContaining('"loc":["n"]') as string,
    });
    expect(await call(client, "client.int_tensor(a=np.array([1, 2**60 + 1]))")).toMatchObject({
      class: "bentoml.exceptions.InvalidArgument",
      message: expect.stringContaining('"loc":["a",1]') as string,
    });
  });

  test("bytes, and brings bytes back", async () => {
    expect(await call(client, 'client.raw(b"\\xff\\x00a")')).toEqual({
      type: "bytes",
      base64: Buffer.from([97, 0, 255]).toString("base64"),
    });
  });
});

test("a file as the whole input is sent in chunks", async () => {
  expect(await call("sync", 'client.root_file(Path("files/note.txt"))')).toEqual(text("BentoFile unnamed text/plain 23"));
});

test("items of a stream come one by one, however fast they are made", async () => {
  expect(await call("sync", "list(client.numbers(n=500))")).toEqual({
    type: "list",
    value: Array.from({ length: 500 }, (_, at) => at * at),
  });
  expect(await call("sync", 'b"".join(client.blocks(n=3))')).toEqual({
    type: "bytes",
    base64: Buffer.from([255, 0, 255, 1, 255, 2]).toString("base64"),
  });
});

describe("what a Python service uses for another, a RemoteProxy", () => {
  const calls: readonly [keyof typeof proxied, string, PythonResult][] = [
    ["Typed", "await remote.add(a=1, b=2)", { type: "int", value: 3 }],
    ["Typed", 'await remote.greet("Bo", times=2)', text("Hi Bo Hi Bo")],
    ["Typed", "await remote.add(a=1.5, b=2)", { type: "raised", class: "pydantic_core._pydantic_core.ValidationError" }],
    ["Arrays", "await remote.double(a=np.array([[1, 2]]))", { type: "ndarray", dtype: "int64", shape: [1, 2], value: [[2, 4]] }],
    ["Streams", 'await collected(remote.words(text="the quick fox"))', text("thequickfox")],
    ["Streams", "await collected(remote.early_error())", { type: "raised", class: "bentoml.exceptions.NotFound", error_code: 404 }],
  ];
  const proxied = { Typed: "Typed", Arrays: "Arrays", Streams: "Streams" } as const;

  test.each(Object.keys(proxied) as (keyof typeof proxied)[])("%s", async (name) => {
    await using zoo = await serveZoo(name);
    const own = calls.filter(([of]) => of === name);
    const results = await python.zooCalls(
      zoo.url,
      own.map(([, code]) => ({ client: "async", call: viaProxy(name, code) })),
    );
    for (const [at, [, code, expected]] of own.entries()) {
      const { message: _message, ...rest } = results[at] as PythonResult;
      expect([code, rest]).toEqual([code, expected]);
    }
  });
});

/** As `bentoml.depends(url=...)` makes it; `to_async` gives its methods. */
function viaProxy(name: string, code: string): string {
  return [
    // What a worker does first: its proxies read their time-outs from there.
    `zoo.${name}.inject_config()`,
    `proxy = RemoteProxy(url, service=zoo.${name}, media_type="application/json")`,
    "await proxy.__aenter__()",
    "remote = proxy.to_async",
    "async def collected(items):",
    '    return "".join([item async for item in items])',
    "try:",
    `    return ${code}`,
    "finally:",
    "    await proxy.close()",
  ].join("\n");
}
