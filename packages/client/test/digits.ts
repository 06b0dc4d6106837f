import type { Context } from "@bento/core";
import type { ServiceDocument } from "../src/index.js";

/** The shape of a service: a client needs no more than the type. */
export declare class Digits {
  readonly model: { readonly path: string };
  classify(input: { images: number[][]; top?: number }): Promise<number[]>;
  echo(text: string): string;
  born(): Promise<{ at: Date; serial: bigint }>;
  count(input: { n: number }, ctx: Context): AsyncGenerator<number, void, void>;
  renamed(input: { x: number }): number;
  protected load(): Promise<void>;
}

const stringRoot = { type: "string", root_input: true };
const object = (properties: Record<string, unknown>) => ({ type: "object", properties });

/** What that service would answer at `/schema.json`. */
export const digitsSchema: ServiceDocument = {
  name: "digits",
  routes: [
    {
      name: "born",
      route: "/born",
      input: object({}),
      output: object({
        at: { type: "string", format: "date-time", "x-bento-type": "date" },
        serial: { type: "integer", format: "int64", "x-bento-type": "bigint" },
      }),
    },
    {
      name: "classify",
      route: "/v2/classify",
      doc: "Tells digits apart.",
      input: object({ images: { type: "array", items: { type: "array", items: { type: "number" } } } }),
      output: { type: "array", items: { type: "integer" } },
    },
    { name: "count", route: "/count", input: object({ n: { type: "integer" } }), output: { type: "integer", is_stream: true } },
    { name: "echo", route: "/echo", input: stringRoot, output: { type: "string" } },
    { name: "wire-name", member: "renamed", route: "/other", input: object({ x: { type: "number" } }), output: { type: "number" } },
    { name: "train", route: "/train", input: object({}), output: { type: "number" }, is_task: true },
  ],
};
