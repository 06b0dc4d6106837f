import { api, type DataFrame, defineService, type Tensor } from "@bento/sdk";
import { dataframe, file, tensor } from "@bento/sdk/kinds";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { type Door, doors, open } from "./doors.js";

const told = z.object({ dtype: z.string(), data: z.array(z.string()) });
const tell = ({ dtype, data }: Tensor) => ({ dtype, data: Array.from(data as ArrayLike<unknown>, String) });
const tellCells = (table: DataFrame) => table.records().map((row) => Object.values(row).map(String).join(" "));

const Arrays = defineService({
  name: "arrays",
  apis: {
    any: api({ input: z.object({ a: tensor(), by: z.number().default(1) }), output: told }, ({ a }) => tell(a)),
    float: api({ input: z.object({ a: tensor("float32", ["n"]) }), output: told }, ({ a }) => tell(a)),
    int: api({ input: z.object({ a: tensor("int64") }), output: told }, ({ a }) => tell(a)),
    bool: api({ input: z.object({ a: tensor("bool") }), output: told }, ({ a }) => tell(a)),
    root: api({ input: tensor(), output: told }, tell),
    cells: api({ input: z.object({ df: dataframe() }), output: z.array(z.string()) }, ({ df }) => tellCells(df)),
    typed: api({ input: z.object({ df: dataframe({ n: "number", s: "string" }) }), output: z.array(z.string()) }, ({ df }) =>
      tellCells(df),
    ),
    uploaded: api({ input: z.object({ a: tensor(), file: file(undefined, { url: true }).nullable() }), output: told }, ({ a }) => tell(a)),
    rows: api({ input: z.object({ a: tensor() }), output: tensor(), batchable: true }, ({ a }) => a),
    plain: api({ input: z.object({ x: z.number() }), output: z.number() }, ({ x }) => x),
  },
});

async function ask(door: Door, path: string, body: string, type = "application/json"): Promise<unknown> {
  return (await door.fetch(path, { method: "POST", headers: { "content-type": type }, body })).json();
}

describe.each(doors)("NaN and infinities in JSON, by %s", (kind) => {
  test.each([
    ["any", '{"a": [1, NaN, -Infinity]}', { dtype: "float64", data: ["1", "NaN", "-Infinity"] }],
    ["float", '{"a": [NaN]}', { dtype: "float32", data: ["NaN"] }],
    ["root", "[[NaN], [Infinity]]", { dtype: "float64", data: ["NaN", "Infinity"] }],
    ["cells", '{"df": [{"x": NaN, "y": "NaN"}, {"x": 1}]}', ["NaN NaN", "1 null"]],
    ["typed", '{"df": {"n": [NaN, 2], "s": ["a", NaN]}}', ["NaN a", "2 null"]],
    ["rows", '{"a": [[NaN, 1]]}', [[null, 1]]],
    ["uploaded", '{"a": [NaN], "file": null}', { dtype: "float64", data: ["NaN"] }],
  ])("arrive in arrays and tables: %s", async (path, body, answer) => {
    await using door = await open(kind, Arrays);
    expect(await ask(door, `/${path}`, body)).toEqual(answer);
  });

  test("arrive in a form", async () => {
    await using door = await open(kind, Arrays);
    const form = new URLSearchParams({ a: "[NaN, 2]" }).toString();
    expect(await ask(door, "/any", form, "application/x-www-form-urlencoded")).toEqual({ dtype: "float64", data: ["NaN", "2"] });
  });

  test.each<[string, string, readonly (string | number)[]]>([
    ["any", '{"a": [NaN], "by": NaN}', ["by"]],
    ["any", '{"a": [true, NaN]}', ["a", 1]],
    ["int", '{"a": [1, NaN]}', ["a", 1]],
    ["bool", '{"a": [NaN]}', ["a", 0]],
    ["typed", '{"df": [{"n": 1, "s": Infinity}]}', ["df", 0, "s"]],
  ])("are refused elsewhere, naming the field: %s %s", async (path, body, loc) => {
    await using door = await open(kind, Arrays);
    expect(await ask(door, `/${path}`, body)).toMatchObject({ code: "BENTO_INPUT_INVALID", detail: [{ loc }] });
  });

  test("are no JSON where there is no array, and what else is wrong is told where there is", async () => {
    await using door = await open(kind, Arrays);
    expect(await ask(door, "/plain", '{"x": NaN}')).toMatchObject([{ error: expect.stringContaining('unexpected "N"') as string }]);
    expect(await ask(door, "/any", '{"a": [NaN,]}')).toMatchObject([{ error: expect.stringContaining("line 1, column 12") as string }]);
  });
});
