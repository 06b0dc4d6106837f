import { isUtf8 } from "node:buffer";

import { baseName, DataFrame, encodeTensorBody, Tensor } from "@bento/core";
import { decodeArrowTable, encodeArrowTable } from "@bento/core/arrow";
import fc from "fast-check";
import { expect, test } from "vitest";

import { anyTensor, type Ask, asTensor, carried, carrying, elements, encodings, types } from "./echo-exchange.js";
import { json } from "./doors.js";

/** What has to hold of the answers of the service `Echo`, wherever it runs. */
export function testAnswers(ask: Ask, numRuns: number): void {
  test("tensors come back as they were sent, in every encoding", async () => {
    const pairs = encodings.flatMap((sent) => encodings.map((wanted) => [sent, wanted] as const));
    const note = fc.option(
      fc.oneof(
        fc.string(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)),
      ),
      {
        nil: undefined,
      },
    );
    await fc.assert(
      fc.asyncProperty(anyTensor, anyTensor, note, fc.constantFrom(...pairs), async (x, y, text, [sent, wanted]) => {
        const value = { x, y, inner: { z: y }, ...(text !== undefined && { note: text }) };
        // JSON has no dtypes: what is sent so comes in the widest.
        const back = await carried(await ask("/values", carrying(value, sent, wanted)));
        expect(back.type).toBe(types[wanted]);
        expect(elements(back.value)).toEqual(elements(value));
        const { x: sameX } = back.value as { x: Tensor };
        if (sent !== "json" && wanted !== "json") expect([sameX.dtype, sameX.shape, sameX.data]).toEqual([x.dtype, x.shape, x.data]);
        const whole = await carried(await ask("/tensor", carrying(x, sent, wanted)));
        expect([whole.type, elements(asTensor(whole.value, x))]).toEqual([types[wanted], elements(x)]);
      }),
      { numRuns },
    );
  });

  test("large tensors come back whole, with their length", async () => {
    const x = new Tensor("float32", [1000, 500], Float32Array.from({ length: 500_000 }, Math.random));
    for (const encoding of ["safetensors", "arrow"] as const) {
      const answer = await ask("/tensor", carrying(x, encoding, encoding));
      const length = Number(answer.headers.get("content-length"));
      const same = asTensor((await carried(answer)).value, x);
      expect([same.shape, length > 2_000_000]).toEqual([[1000, 500], true]);
      expect(Buffer.compare(Buffer.from(same.data.buffer, same.data.byteOffset, same.data.byteLength), Buffer.from(x.data.buffer))).toBe(0);
    }
  });

  test.each([
    ["application/x-safetensors", "safetensors"],
    ["application/x-safetensors;q=0.4, application/json;q=0.5", "json"],
    ["application/x-safetensors;q=0.5, application/vnd.apache.arrow.stream;q=0.9, application/json;q=0.1", "arrow"],
    ["application/x-safetensors, application/json;q=0.9, */*;q=0.1", "safetensors"],
    ["application/x-safetensors;q=0, */*", "json"],
    ["*/*", "json"],
    ["application/*", "json"],
    ["text/html, */*;q=0.8", "json"],
    ["", "json"],
    ["q=1,;;q=x,application/x-safetensors;q=high", "json"],
  ] as const)("who accepts %j gets %s", async (accept, encoding) => {
    const answer = await ask("/tensor", json([1, 2], { accept }));
    expect(answer.headers.get("content-type")).toBe(types[encoding]);
    expect(elements(asTensor((await carried(answer)).value, Tensor.from([1])))).toEqual([1, 2]);
  });

  test("in JSON, what is no number is null", async () => {
    const body = new Blob(encodeTensorBody(Tensor.from([1, Number.NaN, -Infinity])) as BlobPart[]);
    const answer = await ask("/tensor", { method: "POST", body, headers: { "content-type": types.safetensors } });
    expect(await answer.text()).toBe("[1,null,null]");
  });

  test("what cannot be read is the caller's mistake, and so is a type that the endpoint has no use of", async () => {
    const bad = async (path: string, type: string, body: BodyInit) => {
      const answer = await ask(path, { method: "POST", headers: { "content-type": type }, body });
      const [error] = [(await answer.json()) as { code: string }].flat();
      return [answer.status, error?.code];
    };
    const whole = new Uint8Array(await new Blob(encodeTensorBody(Tensor.from([1, 2])) as BlobPart[]).arrayBuffer());
    for (const type of [types.safetensors, types.arrow]) {
      for (const body of [new Uint8Array(), whole.slice(0, 20), whole.slice(0, -1), new Uint8Array(64).fill(255), "[1, 2]"]) {
        expect(await bad("/tensor", type, body)).toEqual([400, "BENTO_BAD_REQUEST"]);
        expect(await bad("/values", type, body)).toEqual([400, "BENTO_BAD_REQUEST"]);
      }
      expect(await bad("/plain", type, whole)).toEqual([415, "BENTO_MEDIA_TYPE_UNSUPPORTED"]);
    }
    expect(await bad("/table", types.safetensors, whole)).toEqual([415, "BENTO_MEDIA_TYPE_UNSUPPORTED"]);
    expect(await bad("/values", types.safetensors, whole)).toEqual([400, "BENTO_INPUT_INVALID"]);
  });

  test("tables come back as they were sent, as rows, as columns and as Arrow", async () => {
    const at = new Date("2026-01-02T03:04:05.678Z");
    const frame = DataFrame.fromColumns({
      n: new Float64Array([1, Number.NaN]),
      text: ["a", null],
      at: [at, null],
      raw: [Uint8Array.of(255), null],
    });
    const rows = [
      { n: 1, text: "a", at: at.toISOString(), raw: "/w==" },
      { n: null, text: null, at: null, raw: null },
    ];
    const body = encodeArrowTable(frame) as Uint8Array<ArrayBuffer>;
    const post = (path: string, accept: string) => ask(path, { method: "POST", body, headers: { "content-type": types.arrow, accept } });
    expect(await (await post("/table", types.json)).json()).toEqual(rows);
    const columns = { n: [1, null], text: ["a", null], at: [at.toISOString(), null], raw: ["/w==", null] };
    expect(await (await post("/columns", "*/*")).json()).toEqual(columns);
    const answer = await post("/table", types.arrow);
    expect(answer.headers.get("content-type")).toBe(types.arrow);
    expect(decodeArrowTable(new Uint8Array(await answer.arrayBuffer())).records()).toEqual(frame.records());
    expect(await (await ask("/table", json(columns))).json()).toEqual(rows);
  });

  test("files come back as they were sent, with their names and types", async () => {
    const name = fc.string({ unit: "binary", minLength: 1, maxLength: 30 }).filter((text) => baseName(text) === text);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 50 }), name, async (bytes, filename) => {
        const encoded = encodeURIComponent(filename).replaceAll(/['()*]/g, (one) => `%${one.charCodeAt(0).toString(16)}`);
        const headers = { "content-type": "text/csv", "content-disposition": `attachment; filename*=UTF-8''${encoded}` };
        const answer = await ask("/file", { method: "POST", body: bytes, headers });
        expect(new Uint8Array(await answer.arrayBuffer())).toEqual(bytes);
        expect(answer.headers.get("content-type")).toBe(isUtf8(bytes) ? "text/csv; charset=utf-8" : "text/csv");
        expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
        const disposition = answer.headers.get("content-disposition") ?? "";
        const [, exact] = /; filename\*=utf-8''(\S+)$/.exec(disposition) ?? [];
        const [, plain] = /^attachment; filename="([^"\\]*)"/.exec(disposition) ?? [];
        expect(exact === undefined ? plain : decodeURIComponent(exact)).toBe(filename);
      }),
      { numRuns },
    );
  });

  test("a large file is streamed with its length; what it is, its bytes tell where nobody says", async () => {
    const bytes = new Uint8Array(5_000_000).map((_, at) => at % 251);
    bytes.set(new TextEncoder().encode("%PDF-1.7\n"));
    const answer = await ask("/file", { method: "POST", body: bytes, headers: { "content-type": "" } });
    expect([answer.headers.get("content-type"), answer.headers.get("content-length")]).toEqual(["application/pdf", "5000000"]);
    expect(Buffer.compare(new Uint8Array(await answer.arrayBuffer()), bytes)).toBe(0);
  });

  test("an image is for looking at, unless scripts may be in it", async () => {
    const post = async (type: string) => (await ask("/file", { method: "POST", body: "x", headers: { "content-type": type } })).headers;
    expect((await post("image/png")).get("content-disposition")).toBe("inline");
    for (const type of ["image/svg+xml", "text/html", "application/xhtml+xml"]) {
      expect((await post(type)).get("content-disposition")).toBe("attachment");
    }
    expect((await post("text/plain")).get("content-disposition")).toBeNull();
  });

  test("a text says that it is UTF-8 where it is, and nobody said otherwise", async () => {
    const typeOf = async (body: BodyInit, type: string) => {
      const answer = await ask("/file", { method: "POST", body, headers: { "content-type": type } });
      await answer.arrayBuffer();
      return answer.headers.get("content-type");
    };
    expect(await typeOf("é", "text/plain")).toBe("text/plain; charset=utf-8");
    expect(await typeOf(Uint8Array.of(0xe9), "text/plain")).toBe("text/plain");
    expect(await typeOf("é", "text/plain; charset=iso-8859-1")).toBe("text/plain; charset=iso-8859-1");
    expect(await typeOf("{}", "application/json")).toBe("application/json");
    expect(await typeOf("é".repeat(1_000_000), "text/csv")).toBe("text/csv; charset=utf-8");
  });

  test("objects with files are JSON with data URLs, or a form that is understood as an input", async () => {
    const data = new FormData();
    data.append("one", new File(["one"], "ü.txt", { type: "text/plain" }));
    data.append("many", new File([new Uint8Array(2_000_000).fill(3)], "a.bin"));
    data.append("many", new File(["b"], 'b "2".csv'));
    data.append("note", '"hi"');
    data.append("key", new File([Uint8Array.of(255)], "key"));
    data.append("t", "[[1.5, 2.5]]");
    const headers = { accept: "multipart/form-data, application/json;q=0.5" };
    const first = await (await ask("/files", { method: "POST", body: data, headers })).formData();
    for (const form of [first, await (await ask("/files", { method: "POST", body: first, headers })).formData()]) {
      const [one, many, t] = [form.get("one") as File, form.getAll("many") as File[], form.get("t") as File];
      expect([one.name, one.type, await one.text(), form.get("note"), form.get("key")]).toEqual([
        "ü.txt",
        expect.stringMatching(/^text\/plain/),
        "one",
        '"hi"',
        '"/w=="',
      ]);
      expect(many.map(({ name, size }) => [name, size])).toEqual([
        ["a.bin", 2_000_000],
        ['b "2".csv', 1],
      ]);
      expect(t.type).toBe(types.safetensors);
    }
    const small = { one: "data:text/plain,one", note: "n", key: "/w==", t: [1] };
    expect(await (await ask("/files", json(small))).json()).toEqual({ ...small, one: "data:text/plain;base64,b25l", many: [] });
    const packed = await carried(await ask("/files", json(small, { accept: types.safetensors })));
    expect([packed.type, elements(packed.value)]).toEqual([types.safetensors, { ...small, one: "data:text/plain;base64,b25l", many: [] }]);
  });

  test("items of a stream are JSON, with files and bytes as text", async () => {
    const answer = await ask("/items", { method: "POST", body: "hi", headers: { accept: "application/jsonl" } });
    const file = "data:text/plain;name=a.txt;base64,aGk=";
    expect(
      (await answer.text())
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { one: file, many: [file], note: "first", key: "aGk=", t: [1, null] },
      { one: file, many: [], note: "last" },
    ]);
  });

  test("bytes are the body", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (bytes) => {
        const answer = await ask("/bytes", { method: "POST", body: bytes });
        expect(new Uint8Array(await answer.arrayBuffer())).toEqual(bytes);
        expect(answer.headers.get("content-type")).toBe("application/octet-stream");
      }),
      { numRuns },
    );
  });

  test("a result that may be a file or not says which it is", async () => {
    const either = async (isFile: boolean) => (await ask("/either", json(isFile))).headers.get("content-type");
    expect([await either(true), await either(false)]).toEqual(["application/octet-stream", types.json]);
    expect(await (await ask("/perhaps", json(false))).json()).toBeNull();
    expect((await (await ask("/perhaps", json(true))).arrayBuffer()).byteLength).toBe(100_000);
  });

  test("status and headers are the method's", async () => {
    const answer = await ask("/created", json(false));
    expect([answer.status, answer.headers.get("content-disposition")]).toEqual([201, "attachment"]);
    expect((await answer.arrayBuffer()).byteLength).toBe(200_000);
    expect((await ask("/created", json(true))).status).toBe(204);
  });

  test("a file that fails before its first byte is an error, one that fails later breaks the answer off", async () => {
    expect((await ask("/unreadable", json(true))).status).toBe(500);
    await expect(ask("/failing", json(true)).then((answer) => answer.arrayBuffer())).rejects.toThrow(/terminated|the disk is gone/);
    for (const size of [150_000, 250_000]) {
      await expect(ask("/short", json(size)).then((answer) => answer.arrayBuffer())).rejects.toThrow(/terminated|"made\.bin"/);
    }
  });

  test("the schema says what is taken, and the calls of many are one batch", async () => {
    const document = (await (await ask("/schema.json", {})).json()) as { accepts: string[] };
    expect(document.accepts).toEqual([types.safetensors, types.arrow]);
    const rows = Array.from({ length: 8 }, (_, at) => at + 1);
    const calls = rows.map(async (n) => {
      const x = Tensor.from(
        Array.from({ length: n }, (_, row) => [row, n]),
        "float32",
      );
      return asTensor((await carried(await ask("/rows", carrying({ x, scale: 2 }, "safetensors", "safetensors")))).value, x);
    });
    for (const [at, answer] of (await Promise.all(calls)).entries()) {
      const n = at + 1;
      expect(answer.toArray()).toEqual(Array.from({ length: n }, (_, row) => [row * 2, n * 2, expect.any(Number)]));
    }
    // All 36 rows had come, as their headers say, before the first ran; a worker may still take them in turns.
    const sizes = (await Promise.all(calls)).flatMap((answer) => answer.toArray() as number[][]).map(([, , size]) => size ?? 0);
    expect(sizes.reduce((batches, size) => batches + 1 / size, 0)).toBeLessThan(8);
  });
}
