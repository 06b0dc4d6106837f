import { z } from "zod";

/** The endpoint that every variant offers: 64 floats in, their sum out. */
export const Vector = z.object({ values: z.array(z.number()).length(64) });

/** @param {{ values: number[] }} input */
export function sum({ values }) {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

export const path = "/sum";
const values = Array.from({ length: 64 }, (_, i) => ((i * 37) % 64) + 0.5);
export const body = JSON.stringify({ values });
export const expected = JSON.stringify(sum({ values }));
