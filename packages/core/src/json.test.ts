import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BentoFile } from "./file/bento-file.js";
import { reviverFor, toJson } from "./json.js";
import { DataFrame } from "./table/data-frame.js";
import { Tensor } from "./tensor/tensor.js";

const date = { type: "string", format: "date-time", "x-bento-type": "date" };
const bigint = { type: "integer", format: "int64", "x-bento-type": "bigint" };

describe("reviverFor", () => {
  it("costs nothing where JSON says all", () => {
    const tree = { type: "object", properties: { children: { type: "array", items: { $ref: "#" } } } };
    expect(reviverFor(tree)).toBeUndefined();
    expect(reviverFor({ type: "string", format: "date-time" })).toBeUndefined();
  });

  it("brings dates and big integers back, wherever they stand", () => {
    const schema = {
      type: "object",
      properties: {
        at: date,
        list: { type: "array", items: bigint },
        pair: { prefixItems: [date, { type: "string" }] },
        maybe: { anyOf: [date, { type: "null" }] },
      },
      additionalProperties: bigint,
    };
    const value = { at: new Date(0), list: [1n, 2n ** 70n], pair: [new Date(1), "2020-01-01"], maybe: null, more: 5n };
    expect(reviverFor(schema)?.(JSON.parse(toJson(value)))).toEqual(value);
  });

  it("follows references, also recursive ones", () => {
    const schema = {
      $ref: "#/$defs/node",
      $defs: { node: { type: "object", properties: { at: date, next: { anyOf: [{ $ref: "#/$defs/node" }, { type: "null" }] } } } },
    };
    const value = { at: new Date(1), next: { at: new Date(2), next: null } };
    expect(reviverFor(schema)?.(JSON.parse(toJson(value)))).toEqual(value);
  });

  it("revives of a union the member that is meant", () => {
    const kind = (name: object, at: object) => ({ type: "object", properties: { kind: name, at } });
    const schema = {
      anyOf: [kind({ const: "date" }, date), { $ref: "#/$defs/words" }, kind({ enum: ["big", "huge"] }, bigint)],
      $defs: { words: kind({ const: "words" }, { type: "object", properties: { at: date } }) },
    };
    for (const value of [
      { kind: "date", at: new Date(0) },
      { kind: "words", at: { at: new Date(1) } },
      { kind: "huge", at: 7n },
    ])
      expect(reviverFor(schema)?.(JSON.parse(toJson(value)))).toEqual(value);
    expect(reviverFor({ anyOf: [date, { type: "string" }] })?.("2020-01-01T00:00:00Z")).toEqual(new Date("2020-01-01T00:00:00Z"));
    const asText = { kind: "words", at: "2020-01-01" };
    expect(reviverFor(schema)?.(asText)).toEqual(asText);
  });

  it("leaves a revived date to no other member of a union", () => {
    const schema = { anyOf: [date, { type: "object", properties: { at: date } }] };
    for (const value of [new Date(0), { at: new Date(1) }]) expect(reviverFor(schema)?.(JSON.parse(toJson(value)))).toEqual(value);
  });

  it("leaves what has a class of its own as it is, beside dates and in a union with them", () => {
    const event = { type: "object", properties: { data: { type: "number" }, at: date }, additionalProperties: date };
    const schema = { anyOf: [event, { type: "tensor" }, { type: "dataframe" }, { type: "object", properties: { x: event, at: date } }] };
    const files = [Tensor.from([1, 2]), DataFrame.fromRecords([{ at: "2020-01-01" }]), BentoFile.from("a"), new Map([["at", 1]])];
    for (const value of [...files, new Uint8Array(2)]) {
      expect(reviverFor(schema)?.(value)).toBe(value);
      expect(reviverFor(schema)?.({ x: value, at: "2020-01-01" })).toEqual({ x: value, at: new Date("2020-01-01") });
      expect(reviverFor(schema)?.({ x: value })).toHaveProperty("x", value);
    }
    const bare = Object.assign(Object.create(null), { at: "2020-01-01" }) as object;
    expect(reviverFor(schema)?.(bare)).toEqual({ at: new Date("2020-01-01") });
  });

  it("leaves what does not fit to the schema", () => {
    expect(reviverFor(date)?.("tomorrow")).toBe("tomorrow");
    expect(reviverFor(date)?.("1")).toBe("1");
    expect(reviverFor(date)?.("2020-13-45T00:00:00Z")).toBe("2020-13-45T00:00:00Z");
    expect(reviverFor(bigint)?.("1e9")).toBe("1e9");
    expect(reviverFor(bigint)?.(0.5)).toBe(0.5);
    expect(reviverFor(bigint)?.(2 ** 53)).toBe(2 ** 53);
    expect(reviverFor(bigint)?.(2 ** 53 - 1)).toBe(2n ** 53n - 1n);
    expect(reviverFor({ type: "array", items: date })?.({ 0: "x" })).toEqual({ 0: "x" });
    expect(reviverFor({ type: "object", properties: { at: date } })?.([1])).toEqual([1]);
  });

  it("keeps a key called __proto__ an ordinary key", () => {
    const revived = reviverFor({ type: "object", additionalProperties: date })?.(JSON.parse('{"__proto__":"2020-01-01T00:00:00Z"}'));
    expect(Object.keys(revived as object)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(revived)).toBe(Object.prototype);
  });
});

describe("toJson", () => {
  it("writes what JSON.stringify writes, for everything JSON has", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(toJson(value)).toBe(JSON.stringify(value));
      }),
    );
  });

  it("writes big integers as numbers while they are exact, else as text", () => {
    expect(toJson([1n, -(2n ** 53n)])).toBe('[1,"-9007199254740992"]');
  });

  it("writes nothing as null", () => {
    expect(toJson(undefined)).toBe("null");
    expect(toJson(() => 1)).toBe("null");
  });
});
