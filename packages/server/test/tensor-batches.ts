import { DataFrame, Tensor, toJson } from "@bento/core";
import { encodeArrowTable } from "@bento/core/arrow";
import { beforeAll, expect, test, vi } from "vitest";

import { json } from "./doors.js";
import { samplesOf, valueOf } from "./exposition.js";
import { type Ask, carried, carrying, elements, type Encoding, encodings, types } from "./echo-exchange.js";

const rows = (...values: (readonly number[])[]) => Tensor.from(values, "float32");
const row = (...values: number[]) => Tensor.from(Float32Array.from(values));
const columns = (count: number, from: number, dtype: "float64" | "int32", height: number) =>
  Tensor.from(
    Array.from({ length: height }, (_, line) => Array.from({ length: count }, (__, at) => from + at + 10 * line)),
    dtype,
  );
const lists = (value: unknown) => JSON.parse(toJson(value)) as unknown;

/** What has to hold of batches of tensors, typed arrays and tables, wherever they run. */
export function testTensorBatches(ask: Ask): void {
  /** The value that is answered, as it is compared; of what is refused, the status and the error. */
  const value = async (path: string, init: RequestInit): Promise<unknown> => {
    const answer = await ask(path, init);
    if (answer.status === 200) return elements((await carried(answer)).value);
    const { code, message, error } = (await answer.json()) as Readonly<Record<string, string>>;
    return { status: answer.status, code, message: message ?? error };
  };
  const send = (path: string, what: unknown, sent: Encoding = "json", wanted: Encoding = "json") =>
    value(path, carrying(what, sent, wanted));

  /** Items that batches of an endpoint are said to have had. */
  const itemsOf = async (endpoint: string): Promise<number> =>
    valueOf(samplesOf(await (await ask("/metrics", {})).text()), "bentoml_service_batch_items_sum", { endpoint }) ?? 0;

  // What counts these is loaded with the first of them.
  beforeAll(async () => {
    const three = { x: rows([1, 2], [3, 4], [5, 6]) };
    const form = new FormData();
    form.append("x", "[[1, 2], [3, 4], [5, 6]]");
    for (const init of [carrying(three, "arrow", "json"), { method: "POST", body: form }]) {
      const counted = async (): Promise<number> => {
        const before = await itemsOf("/cut");
        expect((await ask("/cut", init)).status).toBe(200);
        return (await itemsOf("/cut")) - before;
      };
      await vi.waitFor(async () => expect(await counted()).toBe(3), { timeout: 30_000 });
    }
  }, 60_000);

  test("what comes as JSON, safetensors, Arrow and a form is one batch, of which each caller gets its items in the form it wants", async () => {
    const form = new FormData();
    form.append("x", "[[10, 11], [12, 13], [14, 15]]");
    form.append("scale", "2");
    const three = (n: number) => rows([n, n + 0.5], [n + 1, 0], [n + 2, 1]);
    const answers = [
      ...encodings.map((sent, at) => send("/rows", { x: three(10 * at), scale: 2 }, sent, encodings[(at + 1) % 3])),
      value("/rows", { method: "POST", body: form, headers: { accept: types.safetensors } }),
    ];
    const answered = (await Promise.all(answers)) as { readonly sizes: readonly number[] }[];
    const expected = [0, 1, 2].map((at) => ({
      z: lists(
        new Tensor(
          "float32",
          [3, 2],
          three(10 * at).data.map((n) => 2 * n),
        ),
      ),
      ids: [10 * at, 10 * at + 1, 10 * at + 2],
      model: "m",
    }));
    const last = {
      z: [
        [20, 22],
        [24, 26],
        [28, 30],
      ],
      ids: [10, 12, 14],
      model: "m",
    };
    expect(answered).toEqual(
      [...expected, last].map((each) => ({ ...each, sizes: [expect.any(Number), expect.any(Number), expect.any(Number)] })),
    );
    for (const { sizes } of answered) expect(sizes, "together").toEqual([12, 12, 12]);
  });

  test("several arguments are joined along the dimension of the batch, the outputs cut along theirs", async () => {
    const counts = [1, 3, 2];
    const both = counts.map((count, at) =>
      send("/columns", { a: columns(count, at, "float64", 2), b: columns(count, 5 * at, "float64", 3) }, encodings[at], encodings[2 - at]),
    );
    expect(await Promise.all(both)).toEqual(
      counts.map((count, at) => ({
        both: [...(lists(columns(count, at, "float64", 2)) as unknown[]), ...(lists(columns(count, 5 * at, "float64", 3)) as unknown[])],
        sizes: [Array.from({ length: count }, () => 6)],
      })),
    );
    const turned = counts.map((count, at) => send("/turned", columns(count, at, "int32", 2), "json", "json"));
    expect(await Promise.all(turned)).toEqual(
      counts.map((count, at) => Array.from({ length: count }, (_, item) => [at + item, at + item + 10, 6])),
    );
  });

  test("arguments that disagree on their items, or differ in a shared one, are no neighbour's trouble", async () => {
    const answers = [
      send("/pairs", { a: columns(2, 0, "float64", 2), b: columns(3, 0, "float64", 3) }),
      send("/pairs", { a: columns(3, 0, "float64", 2), b: columns(3, 0, "float64", 3) }),
      send("/pairs", { a: columns(4, 0, "float64", 2), b: columns(4, 0, "float64", 3) }, "arrow"),
    ];
    const [wrong, ...right] = await Promise.all(answers);
    expect(wrong).toMatchObject({ status: 400, code: "BENTO_INPUT_INVALID" });
    const both = (count: number) => [2, 3].flatMap((height) => lists(columns(count, 0, "float64", height)) as unknown[]);
    expect(right).toEqual([both(3), both(4)]);
  });

  test("tensors of other dtypes and other shapes are in batches of their own", async () => {
    const tensors = [
      rows([1, 2]),
      Tensor.from([[1, 2]], "float64"),
      Tensor.from([[3, 4]], "float32"),
      Tensor.from([[1, 2, 3]], "float32"),
      Tensor.from([[[5]]], "int8"),
      Tensor.from([[5, 6]], "float64"),
    ];
    const answers = await Promise.all(tensors.map(async (x) => carried(await ask("/any", carrying({ x }, "safetensors", "safetensors")))));
    for (const [at, answer] of answers.entries()) {
      const { x, sizes } = answer.value as { readonly x: Tensor; readonly sizes: readonly number[] };
      expect([x.dtype, x.shape, lists(x)]).toEqual([tensors[at]?.dtype, tensors[at]?.shape, lists(tensors[at])]);
      expect(sizes).toHaveLength(x.shape[0] ?? 0);
    }
  });

  test("a tensor of another dtype or shape than is due, or a ragged one, is refused to who sent it", async () => {
    const answers = [
      value("/twice", carrying(Tensor.from([[1, 2]], "float64"), "safetensors", "json")),
      value("/twice", carrying(rows([1, 2, 3]), "arrow", "json")),
      value("/twice", json([[1, 2], [3]])),
      value(
        "/twice",
        json([
          [1, 2],
          [3, 4],
          [5, 6],
        ]),
      ),
      value("/twice", carrying(rows([7, 8], [9, 0], [1, 2]), "arrow", "json")),
    ];
    const [dtype, shape, ragged, ...right] = await Promise.all(answers);
    expect([dtype, shape, ragged]).toEqual(
      Array.from({ length: 3 }, () => expect.objectContaining({ status: 400, code: "BENTO_INPUT_INVALID" }) as unknown),
    );
    expect(right).toEqual([
      [
        [2, 4],
        [6, 8],
        [10, 12],
      ],
      [
        [14, 16],
        [18, 0],
        [2, 4],
      ],
    ]);
  });

  test("no items along the dimension of the batch are none of the answer, alone and beside others", async () => {
    const none = new Tensor("float32", [0, 2], new Float32Array());
    const answers = [
      send("/twice", none, "safetensors", "safetensors"),
      send("/twice", none, "json"),
      send("/twice", rows([1, 2], [3, 4], [5, 6])),
      send("/twice", none, "arrow"),
      send("/twice", rows([1, 2], [3, 4], [5, 6]), "safetensors"),
    ];
    const [safetensors, plain, first, arrow, second] = await Promise.all(answers);
    expect([safetensors, plain, arrow]).toEqual([[], [], []]);
    expect([first, second]).toEqual(
      [0, 1].map(() => [
        [2, 4],
        [6, 8],
        [10, 12],
      ]),
    );
  });

  test.each(["/flat", "/row"])("%s gives its elements in one row, of which each caller gets its own", async (path) => {
    const answers = [
      send(path, rows([1, 2], [3, 4]), "json"),
      send(path, rows([5, 6]), "safetensors", "arrow"),
      send(path, rows([7, 8], [9, 10], [11, 12]), "arrow"),
    ];
    expect(await Promise.all(answers)).toEqual([
      [
        [2, 4],
        [6, 8],
      ],
      [[10, 12]],
      [
        [14, 16],
        [18, 20],
        [22, 24],
      ],
    ]);
  });

  test("a typed array that nothing is said of is a list of its caller's items in JSON, wherever in the output it stands", async () => {
    const inputs = [[1, 2, 3], [4], [5, 6]];
    expect(await Promise.all(inputs.map((x) => value("/list", json({ x }))))).toEqual(inputs.map((x) => x.map((n) => 2 * n)));
    expect(await Promise.all(inputs.map((x) => value("/lists", json({ x }))))).toEqual(
      inputs.map((x) => ({ twice: x.map((n) => 2 * n), rows: x.map((n) => [n, -n]), ids: x, bytes: x })),
    );
    const streams = inputs.map(async (x) => (await ask("/steps", json({ x }, { accept: "application/jsonl" }))).text());
    expect(await Promise.all(streams)).toEqual(
      inputs.map((x) => `${JSON.stringify(x)}\n${JSON.stringify({ next: x.map((n) => n + 1) })}\n`),
    );
  });

  test("typed arrays are joined as such", async () => {
    const inputs = [[1, 2, 3], [4], [5, 6]];
    const answers = await Promise.all(inputs.map((x) => value("/typed", json({ x }))));
    expect(answers).toEqual(inputs.map((x) => x.map((n) => [n, "Float32Array of 6"])));
  });

  test("tables are joined row by row, and nobody gets a row of another, in whatever form the method gives them", async () => {
    const people = (...names: string[]) => DataFrame.fromColumns({ name: names, age: names.map((_, at) => 20 + at) });
    const arrow = (frame: DataFrame<object>) => ({
      method: "POST",
      headers: { "content-type": types.arrow },
      body: encodeArrowTable(frame) as Uint8Array<ArrayBuffer>,
    });
    const calls = [
      json({ people: people("a", "b").records() }),
      arrow(people("c")),
      json({ people: people("d", "e").records() }),
      // As columns it is not counted before it is read.
      json({ people: { name: ["f"], age: [9] } }),
    ];
    const answers = (await Promise.all(calls.map((init) => value("/table", init)))) as {
      readonly people: unknown;
      readonly sizes: readonly number[];
    }[];
    expect(answers.map((answer) => answer.people)).toEqual([
      [
        { name: "a", age: 21 },
        { name: "b", age: 22 },
      ],
      [{ name: "c", age: 21 }],
      [
        { name: "d", age: 21 },
        { name: "e", age: 22 },
      ],
      [{ name: "f", age: 10 }],
    ]);
    expect(answers.map(({ sizes }) => sizes.length)).toEqual([2, 1, 2, 1]);
    const frames = await Promise.all([people("a"), people("b", "c"), people("d", "e", "f")].map((frame) => value("/frame", arrow(frame))));
    expect((frames as { name: string; size: number }[][]).map((each) => each.map(({ name, size }) => [name, size]))).toEqual([
      [["a", 6]],
      [
        ["b", 6],
        ["c", 6],
      ],
      [
        ["d", 6],
        ["e", 6],
        ["f", 6],
      ],
    ]);
  });

  test("an item that fails, and items that are missing, are told to their caller alone", async () => {
    const failing = [row(1, 2), row(3, 13), row(4, 5)].map((x, at) => send("/failing", x, encodings[at]));
    const [first, failed, last] = await Promise.all(failing);
    expect(failed).toMatchObject({ status: 500 });
    expect([first, last]).toEqual([
      [
        [1, 6],
        [2, 6],
      ],
      [
        [4, 6],
        [5, 6],
      ],
    ]);
    const short = [row(1, 2), row(3, 13), row(4, 5)].map((x, at) => send("/short", x, encodings[at]));
    expect(await Promise.all(short)).toEqual([[1, 2], expect.objectContaining({ status: 500, code: "BENTO_OUTPUT_INVALID" }), [4, 5]]);
    const throwing = [row(1, 2), row(3, 13), row(4, 5)].map((x, at) => send("/throwing", { x }, encodings[at]));
    expect(await Promise.all(throwing)).toEqual([[1, 2], expect.objectContaining({ status: 500 }), [4, 5]]);
  });

  test.each(encodings)("what is larger than a batch is cut and put together again, in %s", async (encoding) => {
    const x = rows(...Array.from({ length: 11 }, (_, at) => [at, -at]));
    const { sizes, ...rest } = (await send("/cut", { x, note: "n" }, encoding, encoding)) as { readonly sizes: readonly number[] };
    expect(rest).toEqual({ x: Array.from({ length: 11 }, (_, at) => [2 * at, -2 * at || 0]), note: "n" });
    expect([sizes.length, Math.max(...sizes)]).toEqual([11, 4]);
    const wide = Tensor.from([Array.from({ length: 9 }, (_, at) => at), Array.from({ length: 9 }, (_, at) => 10 * at)], "int64");
    const whole = (await carried(await ask("/cutColumns", carrying(wide, encoding, "json")))).value;
    expect(whole).toEqual([Array.from({ length: 9 }, (_, at) => at + 1), Array.from({ length: 9 }, (_, at) => 10 * at + 1)]);
    const table = DataFrame.fromColumns({ n: Float64Array.from({ length: 10 }, (_, at) => at) });
    const init =
      encoding === "arrow"
        ? { method: "POST", headers: { "content-type": types.arrow }, body: encodeArrowTable(table) as Uint8Array<ArrayBuffer> }
        : json(table.records());
    expect(await value("/cutTable", init)).toEqual(table.records());
    expect(await value("/cutList", json([1, 2, 3, 4, 5, 6, 7]))).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });
}
