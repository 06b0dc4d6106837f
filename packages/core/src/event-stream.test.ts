import fc from "fast-check";
import { expect, test } from "vitest";
import { BentoError } from "./errors.js";
import {
  breakEvent,
  bytesEvent,
  bytesEventName,
  bytesOf,
  endEvent,
  errorEvent,
  EventStreamParser,
  eventStreamType,
  heartbeatEvent,
  isEventStream,
  itemEvent,
  keptEventStreamType,
  replaySeconds,
  type ServerEvent,
} from "./event-stream.js";

function parse(pieces: readonly string[]): ServerEvent[] {
  const parser = new EventStreamParser();
  return pieces.flatMap((piece) => parser.push(piece));
}

test("what is written is read back, however the text is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 8 }), fc.array(fc.nat(40), { minLength: 1 }), (items, cuts) => {
      const text = items.map((item, id) => itemEvent(item, id) + heartbeatEvent).join("") + endEvent;
      const pieces: string[] = [];
      for (let at = 0, n = 0; at < text.length; n++) {
        const size = (cuts[n % cuts.length] ?? 0) + 1;
        pieces.push(text.slice(at, at + size));
        at += size;
      }
      const events = parse(pieces);
      expect(events.map((event) => event.event)).toEqual([...items.map(() => "message"), "end"]);
      expect(events.slice(0, -1).map((event) => JSON.parse(event.data) as unknown)).toEqual(
        items.map((item) => JSON.parse(JSON.stringify(item)) as unknown),
      );
    }),
  );
});

test("any line break counts, also one cut in half", () => {
  expect(parse(["data: a\r", "\ndata: b\r\n\r", "\nevent: x\rdata:c\r\r", ""])).toEqual([{ event: "message", data: "a\nb", id: "" }]);
  expect(parse(["data:c\r\r", "data: d\n\n"])).toEqual([
    { event: "message", data: "c", id: "" },
    { event: "message", data: "d", id: "" },
  ]);
});

test("comments, unknown fields and an unfinished event are passed over", () => {
  expect(parse([": hello\n\nretry: 5\nid: 7\n\ndata\n\ndata: cut"])).toEqual([{ event: "message", data: "", id: "7" }]);
});

test("an error crosses as its wire form", () => {
  const [event] = parse([errorEvent(new BentoError("BENTO_UNPROCESSABLE", "no\nsuch", { hint: "try" }))]);
  expect(event?.event).toBe("error");
  expect(JSON.parse(event?.data ?? "")).toMatchObject({ code: "BENTO_UNPROCESSABLE", message: "no\nsuch", hint: "try" });
});

test("of a stream that broke off within an event, wherever that was, nothing passes for an item", () => {
  const whole = itemEvent("whole", 0);
  for (const cut of [itemEvent(123, 1), itemEvent("123", 1), itemEvent({ a: [1] }), bytesEvent("AAEC", 1), heartbeatEvent, endEvent]) {
    for (let length = 0; length < cut.length - 1; length += 1) {
      const events = parse([whole + cut.slice(0, length) + breakEvent(new BentoError("BENTO_WORKER_DIED", "gone"))]);
      expect(
        events.map(({ event }) => event).filter((event) => event !== "cut"),
        cut.slice(0, length),
      ).toEqual(["message", "error"]);
      expect(JSON.parse(events.at(-1)?.data ?? "")).toMatchObject({ code: "BENTO_WORKER_DIED" });
    }
  }
});

test("bytes cross in base64, under a name of their own", () => {
  const [event] = parse([bytesEvent(Buffer.from([255, 0, 65]).toString("base64"), 7)]);
  expect(event).toMatchObject({ event: bytesEventName, id: "7" });
  expect(bytesOf(event?.data ?? "")).toEqual(Uint8Array.of(255, 0, 65));
  expect(bytesOf("")).toEqual(new Uint8Array());
});

test("our content type is told from a Python server's", () => {
  expect(isEventStream(eventStreamType)).toBe(true);
  expect(isEventStream("text/event-stream;framing=bento;charset=utf-8")).toBe(true);
  expect(isEventStream("text/event-stream; charset=utf-8")).toBe(false);
  expect(isEventStream("application/json; framing=bento")).toBe(false);
  expect(isEventStream(null)).toBe(false);
});

test("a content type says for how long its stream is kept", () => {
  expect(replaySeconds(keptEventStreamType(30))).toBe(30);
  expect(isEventStream(keptEventStreamType(0.5))).toBe(true);
  expect(replaySeconds(keptEventStreamType(0.5))).toBe(0.5);
  expect(replaySeconds(eventStreamType)).toBeUndefined();
  expect(replaySeconds("text/event-stream; replay=30")).toBeUndefined();
  expect(replaySeconds(null)).toBeUndefined();
});

test("whatever text comes, however it is cut, its events are the same, and no more than there are lines", () => {
  const word = fc.constantFrom(
    "data",
    ":",
    " ",
    "event",
    "id",
    "retry",
    "\n",
    "\r",
    "\r\n",
    "\n\n",
    "end",
    "null",
    "1",
    "\u0000",
    "\ufeff",
    "é",
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), fc.array(fc.nat(60), { maxLength: 6 }), (words, at) => {
      const text = words.join("");
      const cuts = [0, ...at.map((place) => Math.min(place, text.length)).toSorted((a, b) => a - b), text.length];
      const pieces = cuts.slice(1).map((end, index) => text.slice(cuts[index], end));
      const events = parse(pieces);
      expect(events).toEqual(parse([text]));
      expect(events.length).toBeLessThanOrEqual(text.split(/\r\n|\r|\n/).length);
    }),
    { numRuns: 1000 },
  );
});
