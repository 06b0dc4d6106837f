import { api, defineService } from "@bento/sdk";
import { z } from "zod";

/** What is asked over and over: its answer can be told from every other one's. */
export const Endure = defineService({
  name: "Endure",
  traffic: { timeout: 20 },
  apis: {
    square: api({ input: z.object({ n: z.number() }), output: z.number() }, ({ n }) => n * n),
  },
});
