// Checked by tsc alone, under both decorator settings: what a replay may say, and that it changes no method's types.
import { api, type ApiInput, type ApiOutput, defineService, type ReplayOptions } from "@bento/sdk";
import type { ServiceSpec } from "@bento/sdk/runtime";
import { z } from "zod";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(verdict: Equal<A, B>): boolean => verdict;

const Prompt = z.object({ prompt: z.string() });

export class Tokens {
  @api({ input: Prompt, output: z.string(), replay: {} }) async *kept({ prompt }: { prompt: string }) {
    yield prompt;
  }
  @api({ input: Prompt, output: z.string(), replay: { items: 500, bytes: 1024, seconds: 0.5 } }) *all({ prompt }: { prompt: string }) {
    yield prompt;
  }
  @api({ input: Prompt, output: z.string(), stream: true, replay: undefined }) async *none({ prompt }: { prompt: string }) {
    yield prompt;
  }
  // @ts-expect-error numbers alone
  @api({ replay: { items: "500" } }) async *itemsAsText() {}
  // @ts-expect-error one number for all says too little
  @api({ replay: 500 }) async *number() {}
  // @ts-expect-error it is an object, also where the defaults are meant
  @api({ replay: true }) async *yes() {}
  // @ts-expect-error no such option
  @api({ replay: { item: 500 } }) async *typo() {}
  // @ts-expect-error seconds, and not milliseconds
  @api({ replay: { graceMs: 500 } }) async *unit() {}
}

export const Defined = defineService({
  name: "Defined",
  apis: {
    kept: api({ input: Prompt, output: z.string(), replay: { bytes: 1024 } }, async function* ({ prompt }) {
      yield prompt;
    }),
  },
});

export const options: ReplayOptions = { items: undefined, bytes: undefined, seconds: undefined };

same<ApiInput<Tokens, "kept">, { prompt: string }>(true);
same<ApiOutput<Tokens, "kept">, ApiOutput<Tokens, "none">>(true);
same<NonNullable<ServiceSpec["apis"][number]["replay"]>, { readonly items: number; readonly bytes: number; readonly graceMs: number }>(
  true,
);
