import { endEvent, heartbeatEvent, itemEvent } from "@bento/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { EventCutter } from "./event-cutter.js";

const events = fc.array(
  fc.oneof(
    fc.record({ item: fc.jsonValue(), id: fc.nat() }).map(({ item, id }) => itemEvent(item, id)),
    fc.string({ unit: "binary" }).map((text) => itemEvent(text, 7)),
    fc.constant(heartbeatEvent),
    fc.constant(endEvent),
  ),
  { maxLength: 20 },
);

test("events come out as they went in, wherever their bytes are cut", () => {
  fc.assert(
    fc.property(events, fc.array(fc.nat(), { maxLength: 40 }), (sent, places) => {
      const bytes = Buffer.from(sent.join(""));
      const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((a, b) => a - b);
      const cutter = new EventCutter();
      const found = [...ends, bytes.length].flatMap((end, at) => cutter.push(bytes.subarray(ends[at - 1] ?? 0, end)));
      // Half a surrogate is no character, and bytes cannot tell of it.
      expect(found).toEqual(sent.map((event) => Buffer.from(event).toString()));
    }),
  );
});

test("so do those of texts, cut anywhere", () => {
  fc.assert(
    fc.property(events, fc.array(fc.nat(), { maxLength: 40 }), (sent, places) => {
      const text = sent.join("");
      const ends = [...new Set(places.map((place) => place % (text.length + 1)))].toSorted((a, b) => a - b);
      const cutter = new EventCutter();
      expect([...ends, text.length].flatMap((end, at) => cutter.push(text.slice(ends[at - 1] ?? 0, end)))).toEqual(sent);
    }),
  );
});

test("an event that is cut off is none", () => {
  const cutter = new EventCutter();
  expect(cutter.push(itemEvent(1, 0) + itemEvent(2, 1).slice(0, -1))).toEqual([itemEvent(1, 0)]);
});
