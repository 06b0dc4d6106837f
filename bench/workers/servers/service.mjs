import { api, defineService } from "@bento/sdk";
import { z } from "zod";
import { sum, Vector } from "../../http/schema.mjs";

/** One endpoint for each thing that workers are measured by. */
export const Bench = defineService({
  name: "bench",
  traffic: { timeout: 30, maxConcurrency: 1000 },
  apis: {
    sum: api({ input: Vector, output: z.number() }, sum),
    size: api({ input: z.string(), output: z.number() }, (text) => text.length),
    // So many rounds of something that no compiler leaves out.
    spin: api({ input: z.object({ rounds: z.int() }), output: z.number() }, ({ rounds }) => {
      let state = 1;
      for (let round = 0; round < rounds; round++) state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return state;
    }),
    who: api({ input: z.object({}), output: z.number() }, () => process.pid),
  },
});
