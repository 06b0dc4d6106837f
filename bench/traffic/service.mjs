import { pbkdf2Sync } from "node:crypto";
import { api, defineService } from "@bento/sdk";
import { z } from "zod";

/** A fixed amount of work for one core, and no fixed time: what others take of the core is missing here. */
const work = (rounds) => pbkdf2Sync("traffic", "bench", rounds, 32, "sha256");
/** Some milliseconds. */
const callRounds = 12_000;
/** A batch costs most of what it costs however few are in it. */
const batchRounds = 60_000;
const itemRounds = 5_000;

const apis = {
  work: api({ input: z.object({ n: z.number() }), output: z.number() }, ({ n }) => {
    work(callRounds);
    return n;
  }),
};
const gathered = (maxLatencyMs) => ({
  batched: api({ input: z.array(z.number()), output: z.array(z.number()), batchable: true, maxBatchSize: 16, maxLatencyMs }, (items) => {
    work(batchRounds + items.length * itemRounds);
    return items;
  }),
});

/** The same work under different limits. */
export const Bare = defineService({ name: "Bare", apis });
export const Limited = defineService({ name: "Limited", traffic: { maxConcurrency: 4 }, apis });
export const FirstCome = defineService({ name: "FirstCome", traffic: { maxConcurrency: 4, priorities: "identity" }, apis });
export const Fair = defineService({ name: "Fair", traffic: { maxConcurrency: 4, fairness: { header: "x-tenant" } }, apis });
export const Urgent = defineService({ name: "Urgent", traffic: { maxConcurrency: 4, priorities: "header" }, apis });
export const Gathered = defineService({ name: "Gathered", apis: gathered(350) });
