import { BentoError, eventStreamType, itemEvent } from "@bento/core";
import { expect, test } from "vitest";

import type { CallContext } from "../executor/executor.js";
import { LazyContext } from "../executor/lazy-context.js";
import type { Call } from "../http/call.js";
import { KeptStreams, type WholeBounds } from "./kept-streams.js";
import { LastingContext } from "./lasting-context.js";
import type { StreamReader } from "./stream-reader.js";

const api = { name: "words", replay: { items: 10, bytes: 10_000, graceMs: 60_000 } };

class Calling extends LazyContext implements CallContext {
  readonly requestId: string;
  readonly worker = { index: 1, count: 1, devices: [] };
  readonly request = { method: "POST", url: "/words", headers: new Headers(), params: {}, cookies: {} };
  readonly identity = undefined;
  readonly rawHeaders = [];
  readonly time = undefined;

  constructor(requestId: string) {
    super();
    this.requestId = requestId;
  }
}

/** Streams of one word each that have ended, and their names. */
async function endedStreams(mostWhole: WholeBounds, words: readonly string[]) {
  const streams = new KeptStreams(mostWhole);
  const names: string[] = [];
  for (const [at, word] of words.entries()) {
    const name = at.toString(16).padStart(16, "0");
    const body = (async function* () {
      yield itemEvent(word, 0);
    })();
    const reply = streams.keep(api, new LastingContext(new Calling(name)), {
      status: 200,
      headers: ["content-type", eventStreamType],
      body,
    });
    for await (const event of reply.body as StreamReader) expect(event).toContain(word);
    names.push(name);
  }
  const kept = names.filter((name) => {
    try {
      // Nobody reads it on: asking is enough.
      void streams.resume(api, { identity: undefined } as Call, `${name}-0`).return();
      return true;
    } catch (error) {
      if (BentoError.is(error, "BENTO_STREAM_GONE")) return false;
      throw error;
    }
  });
  streams.close(new BentoError("BENTO_UNAVAILABLE", "over"));
  return kept.map((name) => Number.parseInt(name, 16));
}

test("of streams that have ended the oldest are forgotten, where there are too many", async () => {
  expect(await endedStreams({ streams: 3, bytes: 1_000_000 }, ["a", "b", "c", "d", "e"])).toEqual([2, 3, 4]);
});

test("or where they take too much memory", async () => {
  const long = "x".repeat(1000);
  expect(await endedStreams({ streams: 100, bytes: 2500 }, ["a", long, "b", long, long])).toEqual([2, 3, 4]);
});
