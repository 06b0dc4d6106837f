import { Buffer } from "node:buffer";
import { setTimeout as sleep } from "node:timers/promises";

import { api, defineService } from "@bento/sdk";
import { bytes, file, image, tensor } from "@bento/sdk/kinds";
import { z } from "zod";

const nothing = z.object({});
const Item = z.object({ name: z.string(), price: z.number().gt(0), tags: z.array(z.string()).default([]) });
/** A text keeps its offset and its microseconds, which a Date has not. */
const Moment = z.iso.datetime({ offset: true, local: true });
const Order = z.object({ id: z.int(), items: z.array(Item), note: z.string().nullable().default(null), placed: Moment });
const Point = z.object({ x: z.int(), y: z.int().default(0) });
const Days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const add = (a: number, b: number): number => a + b;

/** @param by days, hours, minutes and seconds, as in `P1DT2H` */
function later(at: string, by: string): string {
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(by) ?? [];
  const isLocal = !/(?:Z|[+-]\d\d:\d\d)$/.test(at);
  const time = new Date(isLocal ? `${at}Z` : at).getTime();
  const moved = new Date(time + (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000);
  return moved.toISOString().slice(0, 19) + (isLocal ? "" : "Z");
}

/** Object input: each parameter is a property. */
export const Typed = defineService({
  name: "Typed",
  description: "Object input: each parameter is a JSON property.",
  apis: {
    greet: api(
      { input: z.object({ who: z.string(), times: z.int().default(1), sep: z.string().default(" ") }), output: z.string() },
      ({ who, times, sep }) => Array.from({ length: times }, () => `Hi ${who}`).join(sep),
    ),
    add: api({ input: z.object({ a: z.int(), b: z.int().default(2) }), output: z.int() }, ({ a, b }) => add(a, b)),
    half: api({ input: z.object({ x: z.number() }), output: z.number() }, ({ x }) => x / 2),
    flip: api({ input: z.object({ flag: z.boolean().default(true) }), output: z.boolean() }, ({ flag }) => !flag),
    nothing: api({ input: nothing, output: z.null() }, () => null),
    maybe: api({ input: z.object({ x: z.int().nullable().default(null) }), output: z.int().nullable() }, ({ x }) => x),
    nullable: api({ input: z.object({ x: z.int().nullable() }), output: z.record(z.string(), z.json()) }, (input) => input),
    maybe_text: api({ input: z.object({ s: z.string().nullable().default(null) }), output: z.string().nullable() }, ({ s }) => s),
    loose: api({ input: z.object({ x: z.json(), y: z.json().default(3) }), output: z.json() }, (input) => input),
    loose_text: api({ input: z.object({ x: z.string() }) }, ({ x }) => x),
    bounded: api(
      {
        input: z.object({
          age: z.int().min(0).max(150),
          name: z.string().min(2).max(8).default("Bo"),
          code: z
            .string()
            .regex(/^[A-Z]{2}[0-9]+$/)
            .describe("two letters, digits")
            .default("AB1"),
          ratio: z.number().min(0).lt(1).describe("share kept").default(0.5),
        }),
        output: z.record(z.string(), z.json()),
      },
      (input) => input,
    ),
    choose: api(
      {
        input: z.object({
          color: z.enum(["red", "blue"]),
          mode: z.enum(["fast", "slow"]).default("fast"),
          level: z.literal([1, 2, 3]).default(1),
        }),
        output: z.enum(["red", "blue"]),
      },
      ({ color, mode, level }) => (color === "red" && mode === "fast" && level === 1 ? "blue" : "red"),
    ),
    place: api({ input: z.object({ order: Order, express: z.boolean().default(false) }), output: Order }, ({ order, express }) => ({
      ...order,
      note: `${order.note ?? ""}${express ? "!" : "."}`,
    })),
    items: api({ input: z.object({ items: z.array(Item) }), output: z.array(Item) }, ({ items }) => items.toReversed()),
    stats: api(
      {
        input: z.object({ xs: z.array(z.number()), weights: z.record(z.string(), z.number()).default({}) }),
        output: z.record(z.string(), z.number()),
      },
      ({ xs, weights }) => ({ n: xs.length, sum: xs.reduce(add, 0), ...weights }),
    ),
    either: api({ input: z.object({ v: z.union([z.int(), z.string()]) }), output: z.string() }, ({ v }) =>
      typeof v === "number" ? "int" : "str",
    ),
    later: api({ input: z.object({ at: Moment, by: z.iso.duration().default("P1D") }), output: Moment }, ({ at, by }) => later(at, by)),
    weekday: api({ input: z.object({ day: z.iso.date() }), output: z.string() }, ({ day }) => Days[new Date(day).getUTCDay()] ?? ""),
    reverse_bytes: api({ input: z.object({ data: bytes({ encoding: "utf-8" }) }), output: bytes({ encoding: "utf-8" }) }, ({ data }) =>
      Uint8Array.from(data).toReversed(),
    ),
    any_keywords: api(
      { input: z.object({ kwargs: z.record(z.string(), z.json()) }), output: z.record(z.string(), z.json()) },
      ({ kwargs }) => kwargs,
    ),
    pair: api({ input: z.object({ p: z.tuple([z.int(), z.string()]) }), output: z.string() }, ({ p }) => p.join("")),
    not_finite: api({ input: nothing, output: z.array(z.unknown()) }, () => [NaN, Infinity, 1.5]),
    unicode: api({ input: z.object({ s: z.string() }), output: z.record(z.string(), z.string()) }, ({ s }) => ({ é: s })),
    slow_add: api({ input: z.object({ a: z.int(), b: z.int() }), output: z.int() }, async ({ a, b }) => {
      await sleep(10);
      return add(a, b);
    }),
    self_call: api({ input: z.object({ a: z.int() }), output: z.int() }, ({ a }) => add(a, 40)),
  },
});

const tailOf = Buffer.from("!");
/** A choice of one is the whole body, where an object would be what each parameter is. */
const Whole = z.union([Point]);

/** One parameter that is the whole body. */
export const Rooted = defineService({
  name: "Rooted",
  description: "One positional-only parameter: the whole body is the value.",
  apis: {
    shout: api({ input: z.string(), output: z.string() }, (text) => text.toUpperCase()),
    total: api({ input: z.array(z.int()), output: z.int() }, (numbers) => numbers.reduce(add, 0)),
    keys: api({ input: z.record(z.string(), z.json()), output: z.array(z.string()) }, (table) => Object.keys(table).toSorted()),
    next: api({ input: z.int(), output: z.int() }, (number) => number + 1),
    move: api({ input: Whole, output: Point }, ({ x, y }) => ({ x: x + 1, y })),
    size: api({ input: file(), output: z.int() }, async (given) => (await given.bytes()).byteLength),
    wav_head: api({ input: file("audio/wav"), output: z.string() }, async (clip) => Buffer.from(await clip.range(0, 4)).toString()),
    pixels: api({ input: image(), output: z.array(z.int()) }, ({ width, height }) => [width, height]),
    raw: api({ input: bytes({ encoding: "utf-8" }), output: bytes({ encoding: "utf-8" }) }, (data) => Buffer.concat([data, tailOf])),
    row_sums: api({ input: tensor("float64", [2, 2]), output: z.array(z.number()) }, (m) => [
      add(m.at(0, 0), m.at(0, 1)),
      add(m.at(1, 0), m.at(1, 1)),
    ]),
    with_default: api({ input: z.int().default(7), output: z.int() }, (number) => number),
    markdown: api({ input: z.string(), output: z.string() }, (text, { response }) => {
      response.headers.set("content-type", "text/markdown; charset=utf-8");
      return `# ${text}`;
    }),
  },
});
