import { expect, test } from "vitest";

import { CallTable, mostCalls } from "./call-table.js";

test("numbers begin with one, and free ones are given again", () => {
  const table = new CallTable<string>();
  for (const call of ["a", "b", "c"]) table.set(table.next(), call);
  expect([table.get(1), table.get(2), table.get(3), table.get(4), table.get(0), table.size]).toEqual([
    "a",
    "b",
    "c",
    undefined,
    undefined,
    3,
  ]);
  table.delete(2);
  table.delete(2);
  expect([[...table], table.size]).toEqual([["a", "c"], 2]);
  table.set(table.next(), "d");
  table.set(table.next(), "e");
  expect([table.get(2), table.get(4), table.size]).toEqual(["d", "e", 4]);
});

test("the other side's numbers may be any that somebody gives", () => {
  const table = new CallTable<string>();
  table.set(70, "far");
  expect([table.get(70), table.get(69), table.size]).toEqual(["far", undefined, 1]);
  for (const number of [0, mostCalls + 1, 0xffff_ffff]) {
    expect(() => table.set(number, "x")).toThrow(expect.objectContaining({ code: "BENTO_WIRE_INVALID" }));
  }
});
