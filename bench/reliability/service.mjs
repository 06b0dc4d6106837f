import { setTimeout as pause } from "node:timers/promises";
import { api, defineService } from "@bento/sdk";
import { z } from "zod";
import { takeOn, writeFigures } from "./own-figures.mjs";

const number = z.object({ n: z.number() });
/** So long that many calls are in flight at any instant. Milliseconds. */
const whileMs = 100;

/** What is asked over and over: its answer can be told from every other one's. */
export const Endure = defineService({
  name: "Endure",
  traffic: { timeout: 20 },
  startup: () => writeFigures(),
  apis: {
    square: api({ input: number, output: z.number() }, ({ n }) => {
      takeOn();
      return n * n;
    }),
    squareInAWhile: api({ input: number, output: z.number() }, async ({ n }) => {
      takeOn();
      await pause(whileMs);
      return n * n;
    }),
  },
});
