import { setTimeout as sleep } from "node:timers/promises";
import { api, defineService } from "@bento/sdk";
import { z } from "zod";

const numbers = z.object({ x: z.array(z.number()) });

/** A service of which everything that is counted can be seen. */
export const Observed = defineService({
  name: "Observed",
  traffic: { maxConcurrency: 20, maxQueue: 8, priorities: "header" },
  apis: {
    double: api({ input: numbers, output: z.array(z.number()), batchable: true, maxBatchSize: 8 }, async ({ x }) => {
      await sleep(2);
      return x.map((n) => 2 * n);
    }),
    count: api({ input: z.object({ to: z.number() }), output: z.number() }, async function* ({ to }) {
      for (let n = 0; n < to; n += 1) {
        yield n;
        await sleep(1);
      }
    }),
    fail: api({ output: z.string() }, () => {
      throw new Error("on purpose");
    }),
  },
});

/** A logger that keeps to itself that a method fails on purpose. */
export const silentLogger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Calls everything a few times: answers of every kind, and more at once than may run. */
export async function callObserved(url: string): Promise<void> {
  const post = async (name: string, body: object): Promise<number> => {
    const answer = await fetch(`${url}/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    await answer.arrayBuffer();
    return answer.status;
  };
  await Promise.all([
    ...Array.from({ length: 40 }, (_, n) => post("double", { x: [n, n + 1] })),
    ...Array.from({ length: 3 }, () => post("count", { to: 5 })),
  ]);
  await post("fail", {});
}
