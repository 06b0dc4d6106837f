import { setTimeout as sleep } from "node:timers/promises";
import { api, defineService } from "@bento/sdk";
import { z } from "zod";

/** What a language model says at a time, more or less. */
export const chunk = "token ";

const count = z.object({ count: z.number() });

export const Streams = defineService({
  name: "Streams",
  traffic: { timeout: 600 },
  apis: {
    fast: api({ input: count, output: z.string() }, async function* ({ count: many }) {
      for (let n = 0; n < many; n += 1) yield chunk;
    }),
    fastSync: api({ input: count, output: z.string() }, function* ({ count: many }) {
      for (let n = 0; n < many; n += 1) yield chunk;
    }),
    fastKept: api({ input: count, output: z.string(), replay: {} }, async function* ({ count: many }) {
      for (let n = 0; n < many; n += 1) yield chunk;
    }),
    slow: api({ input: count, output: z.string() }, async function* ({ count: many }) {
      for (let n = 0; n < many; n += 1) {
        yield chunk;
        await sleep(500);
      }
    }),
    // Says how long it took to its first item. Nanoseconds.
    first: api({ input: z.object({ ms: z.number() }), output: z.string() }, async function* ({ ms }) {
      const from = process.hrtime.bigint();
      await sleep(ms);
      yield String(process.hrtime.bigint() - from);
    }),
  },
});
