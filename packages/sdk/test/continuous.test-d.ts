// Checked by tsc alone, under both decorator settings: what a step-wise method is, and what its options are.
import { z } from "zod";
import { api, type ApiInput, type ApiOutput, type Args, type Context, defineService, type Returns, type Sequence } from "@bento/sdk";
import type { ServiceSpec } from "@bento/sdk/runtime";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(verdict: Equal<A, B>): boolean => verdict;

const Prompt = z.object({ prompt: z.string(), most: z.number().default(8) });
const Parsed = z.string().transform((text) => text.length);
const Token = z.object({ text: z.string(), score: z.number().default(0) });
type Prompt = Args<typeof Prompt>;
type Anything = ReturnType<typeof JSON.parse>;
interface Run {
  readonly left: string[];
}

export class Text {
  @api({ input: Prompt, output: z.string(), batchable: "continuous", maxBatchSize: 32 })
  async step(sequences: readonly Sequence<Prompt, string, Run>[], ctx: Context): Promise<void> {
    same<typeof ctx.requestId, string>(true);
    for (const sequence of sequences) {
      const run = (sequence.state ??= { left: sequence.input.prompt.split("") });
      same<typeof run, Run>(true);
      same<typeof sequence.step, number>(true);
      const next = run.left.shift();
      if (next === undefined) sequence.end();
      else sequence.emit(next);
      // @ts-expect-error a number is no text
      sequence.emit(1);
      // @ts-expect-error what was sent stays
      sequence.input = { prompt: "", most: 1 };
      // @ts-expect-error another state
      sequence.state = 1;
    }
  }
  @api({ input: Parsed, output: Token, batchable: "continuous", stream: true, replay: { items: 10 } })
  tokens(sequences: Sequence<Args<typeof Parsed>, Returns<typeof Token>>[]): void {
    for (const sequence of sequences) sequence.emit({ text: String(sequence.input) });
  }
  @api({ input: z.string(), batchable: "continuous" }) free(sequences: readonly Sequence<string, Date>[]) {
    for (const sequence of sequences) sequence.emit(new Date(sequence.input));
  }
  @api({ input: z.string(), batchable: "continuous" }) unknownItems(sequences: readonly Sequence<string>[]) {
    for (const sequence of sequences) sequence.fail(new Error(sequence.input));
  }
  // What is no sequence stays what it was.
  @api({ input: z.array(z.object({ input: z.string() })), output: z.number() }) plain(given: { input: string }[]) {
    return given.length;
  }
  @api({ input: z.array(z.any()) }) any(given: Anything[]) {
    return given.length;
  }
  @api({ input: z.array(z.never()) }) never(given: never[]) {
    return given.length;
  }
}

same<ApiInput<Text, "step">, { prompt: string; most?: number | undefined }>(true);
same<ApiOutput<Text, "step">, string>(true);
same<ApiInput<Text, "tokens">, string>(true);
same<ApiOutput<Text, "tokens">, { text: string; score: number }>(true);
same<ApiOutput<Text, "free">, Date>(true);
same<ApiInput<Text, "plain">, { input: string }[]>(true);
same<ApiOutput<Text, "plain">, number>(true);
same<ApiInput<Text, "any">, Anything[]>(true);
same<ApiInput<Text, "never">, never[]>(true);
same<keyof NonNullable<ServiceSpec["apis"][number]["continuous"]>, "maxSize">(true);

export class Wrong {
  // @ts-expect-error one input is no list of sequences
  @api({ input: z.string(), output: z.string(), batchable: "continuous" }) one(text: string) {
    void text;
  }
  // @ts-expect-error nor is one sequence
  @api({ input: z.string(), output: z.string(), batchable: "continuous" }) single(sequence: Sequence<string, string>) {
    sequence.end();
  }
  // @ts-expect-error nothing says what callers send
  @api({ output: z.string(), batchable: "continuous" }) nothing(sequences: readonly Sequence<string, string>[]) {
    void sequences;
  }
  // @ts-expect-error what the sequences hold is a text
  @api({ input: z.string(), output: z.string(), batchable: "continuous" }) input(sequences: readonly Sequence<number, string>[]) {
    void sequences;
  }
  // @ts-expect-error a client would send a number, and the schema reads a text
  @api({ input: Parsed, output: z.string(), batchable: "continuous" }) unmarked(sequences: readonly Sequence<number, string>[]) {
    void sequences;
  }
  // @ts-expect-error items of another type
  @api({ input: z.string(), output: z.string(), batchable: "continuous" }) item(sequences: readonly Sequence<string, number>[]) {
    void sequences;
  }
  // @ts-expect-error a client would not know that the score is filled in
  @api({ input: z.string(), output: Token, batchable: "continuous" }) filled(
    sequences: readonly Sequence<string, { text: string; score?: number | undefined }>[],
  ) {
    void sequences;
  }
  // @ts-expect-error nobody would get what it returns
  @api({ input: z.string(), output: z.string(), batchable: "continuous" }) returns(sequences: readonly Sequence<string, string>[]) {
    return sequences.map(({ input }) => input);
  }
  // @ts-expect-error nor what it yields
  @api({ input: z.string(), output: z.string(), batchable: "continuous" }) *yields(sequences: readonly Sequence<string, string>[]) {
    yield sequences.length;
  }
  // @ts-expect-error nothing is held back for others
  @api({ input: z.string(), batchable: "continuous", maxLatencyMs: 4 }) latency(sequences: readonly Sequence<string>[]) {
    void sequences;
  }
  // @ts-expect-error nothing is joined
  @api({ input: z.string(), batchable: "continuous", batchDim: 0 }) dim(sequences: readonly Sequence<string>[]) {
    void sequences;
  }
  // @ts-expect-error nothing for it to decide
  @api({ input: z.string(), batchable: "continuous", batchPolicy: () => ({ type: "run", items: 1 }) }) policy(
    sequences: readonly Sequence<string>[],
  ) {
    void sequences;
  }
  // @ts-expect-error it streams its items
  @api({ input: z.string(), batchable: "continuous", stream: false }) stream(sequences: readonly Sequence<string>[]) {
    void sequences;
  }
  // @ts-expect-error no such way
  @api({ input: z.string(), batchable: "steps" }) way(sequences: readonly Sequence<string>[]) {
    void sequences;
  }
  // @ts-expect-error sequences are for step-wise methods
  @api({ input: z.string(), output: z.string() }) plain(sequences: readonly Sequence<string, string>[]) {
    return sequences[0]?.input ?? "";
  }
  // @ts-expect-error a step takes (sequences, ctx) and nothing else
  @api({ input: z.string(), batchable: "continuous" }) more(sequences: readonly Sequence<string>[], ctx: Context, more: number) {
    void [sequences, ctx, more];
  }
}

export const Defined = defineService({
  name: "defined",
  apis: {
    step: api({ input: Prompt, output: Token, batchable: "continuous", maxBatchSize: 4 }, (sequences, ctx) => {
      same<typeof ctx, Context>(true);
      for (const sequence of sequences) {
        same<typeof sequence.input.most, number>(true);
        same<typeof sequence.state, unknown>(true);
        sequence.emit({ text: sequence.input.prompt });
      }
    }),
    kept: api(
      { input: z.string(), output: z.string(), batchable: "continuous" },
      async (sequences: readonly Sequence<string, string, Run>[]) => {
        for (const sequence of sequences) same<typeof sequence.state, Run | undefined>(true);
      },
    ),
    plain: api({ input: z.string(), output: z.number() }, (text) => text.length),
  },
});
type Defined = InstanceType<typeof Defined>;
same<ApiInput<Defined, "step">, { prompt: string; most?: number | undefined }>(true);
same<ApiOutput<Defined, "step">, { text: string; score: number }>(true);
same<ApiInput<Defined, "kept">, string>(true);
same<ApiOutput<Defined, "kept">, string>(true);
same<ApiOutput<Defined, "plain">, number>(true);

export const wrong = {
  // @ts-expect-error items of another type
  item: api({ input: z.string(), output: z.string(), batchable: "continuous" }, (sequences) => sequences[0]?.emit(1)),
  // @ts-expect-error nobody would get what it returns
  returns: api({ input: z.string(), output: z.string(), batchable: "continuous" }, (sequences) => sequences.map(({ input }) => input)),
  // @ts-expect-error the sequences hold texts
  input: api({ input: z.string(), batchable: "continuous" }, (sequences: readonly Sequence<number>[]) => void sequences),
  // @ts-expect-error nothing is held back for others
  latency: api({ input: z.string(), batchable: "continuous", maxLatencyMs: 4 }, () => undefined),
};
