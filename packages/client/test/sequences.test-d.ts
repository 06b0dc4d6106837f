// Checked by tsc alone: a step-wise method as its callers see it.
import type { Args, Context, Returns, Sequence } from "@bento/core";
import { z } from "zod";

import { type Client, createClient, type StreamCall } from "../src/index.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_equal: Equal<A, B>): void {}

const Prompt = z.object({ prompt: z.string(), most: z.number().default(8) });
const Token = z.object({ text: z.string(), score: z.number().default(0) });

type Anything = ReturnType<typeof JSON.parse>;

class Text {
  async step(sequences: readonly Sequence<Args<typeof Prompt>, Returns<typeof Token>, string[]>[], ctx: Context): Promise<void> {
    void [sequences, ctx];
  }
  words(sequences: Sequence<string, string>[]): void {
    void sequences;
  }
  any(given: Anything[]): number {
    return given.length;
  }
}

const client = createClient<Text>("http://localhost:3000");

export async function accepted(): Promise<void> {
  for await (const item of client.step({ prompt: "a" }, { timeoutMs: 5 })) same<typeof item, { text: string; score: number }>(true);
  same<ReturnType<typeof client.words>, StreamCall<string>>(true);
  const all = await client.words("a");
  same<typeof all, string[]>(true);
  same<Parameters<Client<Text>["any"]>[0], Anything[]>(true);
  same<ReturnType<typeof client.any>, Promise<number>>(true);
}

export async function refused(): Promise<void> {
  // @ts-expect-error sequences are the server's
  await client.words([]);
  // @ts-expect-error a prompt is needed
  await client.step({ most: 1 });
}
