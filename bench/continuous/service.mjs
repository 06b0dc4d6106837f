// One model behind three ways to run many sequences of it together.
import { api, defineService } from "@bento/sdk";
import { z } from "zod";
import { firstState, openModel } from "./model.mjs";

/** Sequences in one step. */
export const maxBatchSize = 16;

const model = await openModel();
const token = z.int();
const steps = z.object({ seed: z.array(z.int()), length: z.array(z.int()) });
const gathered = { input: steps, output: z.array(token.nullable()), batchable: true, maxBatchSize, maxLatencyMs: 3_600_000 };

export const Tokens = defineService({
  name: "tokens",
  traffic: { timeout: 3600 },
  apis: {
    continuous: api(
      { input: z.object({ seed: z.int(), length: z.int() }), output: token, batchable: "continuous", maxBatchSize },
      async (sequences) => {
        const tokens = await model.step(sequences.map((sequence) => (sequence.state ??= firstState(sequence.input.seed))));
        for (const [at, sequence] of sequences.entries()) {
          sequence.emit(tokens[at]);
          if (sequence.step + 1 === sequence.input.length) sequence.end();
        }
      },
    ),
    // A batch as it is usually run: all of it, until its longest is done.
    static: api(gathered, async function* ({ seed, length }) {
      const states = seed.map(firstState);
      for (let step = 0; step < Math.max(...length); step += 1) {
        const tokens = await model.step(states);
        yield tokens.map((each, at) => (step < length[at] ? each : null));
      }
    }),
    // The best that can be made of such a batch: what is done costs nothing any more, but its place stays empty.
    shrinking: api(gathered, async function* ({ seed, length }) {
      const states = seed.map(firstState);
      for (let step = 0; step < Math.max(...length); step += 1) {
        const live = [...length.keys()].filter((at) => step < length[at]);
        const tokens = await model.step(live.map((at) => states[at]));
        yield length.map((_, at) => (step < length[at] ? tokens[live.indexOf(at)] : null));
      }
    }),
  },
});
