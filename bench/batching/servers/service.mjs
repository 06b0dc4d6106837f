import { api, defineService } from "@bento/sdk";
import { z } from "zod";
import { classify, Images } from "./digits.mjs";

const options = { input: Images, output: z.array(z.int()) };

export const Batched = defineService({
  name: "batched",
  apis: { classify: api({ ...options, batchable: true, maxBatchSize: 64, maxLatencyMs: 1000 }, classify) },
});

export const Unbatched = defineService({ name: "unbatched", apis: { classify: api(options, classify) } });
