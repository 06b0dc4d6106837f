import { setImmediate as nextTurn } from "node:timers/promises";

import { createClient } from "@bento/client";
import { api, type Context, defineService, type Sequence } from "@bento/sdk";
import { z } from "zod";

import { serve } from "../src/index.js";
import { LineLogger } from "./doors.js";

/** A call: how far to count, and a name to be noted by. */
export const Count = z.object({ to: z.number(), name: z.string().default("") });
type Count = z.output<typeof Count>;
export type Counting = Sequence<Count, number>;

/** Emits the next number of each sequence, and ends those that are there. */
export function count(sequences: readonly Counting[]): void {
  for (const sequence of sequences) {
    if (sequence.step < sequence.input.to) sequence.emit(sequence.step);
    if (sequence.step + 1 >= sequence.input.to) sequence.end();
  }
}

/** A call of the client is made when its answer is asked for. */
export const start = (call: PromiseLike<number[]>): Promise<number[]> => {
  const answer = Promise.resolve(call);
  answer.catch(() => undefined);
  return answer;
};

/** For what a busy machine may take long for. */
export const patient = { timeout: 30_000 };

export const upTo = (to: number): number[] => Array.from({ length: to }, (_, n) => n);

interface Options {
  readonly maxBatchSize?: number;
  readonly traffic?: { timeout?: number; maxQueue?: number };
  readonly output?: z.ZodType<number, number>;
  readonly replay?: { items: number; seconds: number };
}

/** A service of one step-wise endpoint, over a socket, which notes for whom each step was. */
export async function counting(step: (sequences: readonly Counting[], ctx: Context) => unknown = count, options: Options = {}) {
  const { maxBatchSize = 4, traffic = {}, output = z.number(), replay } = options;
  const steps: string[][] = [];
  const logger = new LineLogger();
  const Counter = defineService({
    name: "Counter",
    traffic,
    apis: {
      count: api(
        { input: Count, output, batchable: "continuous", maxBatchSize, ...(replay && { replay }) },
        async (sequences: readonly Counting[], ctx) => {
          steps.push(sequences.map(({ input }) => input.name));
          await nextTurn();
          await step(sequences, ctx);
        },
      ),
    },
  });
  const server = await serve(Counter, { port: 0, banner: false, accessLog: false, handleSignals: false, logger });
  const client = createClient<InstanceType<typeof Counter>>(server.url);
  return { server, client, steps, logger, url: server.url, [Symbol.asyncDispose]: () => server.close() };
}
