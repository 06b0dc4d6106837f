// Checked by tsc alone, under both decorator settings: what may be batchable, and what its options are.
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { z as z3 } from "zod/v3";
import {
  api,
  type ApiInput,
  type ApiOutput,
  type Args,
  type BatchPolicy,
  type BatchReturns,
  type BatchState,
  defineService,
  type Returns,
} from "@bento/sdk";
import type { ServiceSpec } from "@bento/sdk/runtime";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(verdict: Equal<A, B>): boolean => verdict;

const Images = z.object({ images: z.array(z.array(z.number())), top: z.number().default(1) });
const Texts = z.array(z.string());
const Numbers = z.array(z.number());
const Labels = z.array(z.object({ label: z.string(), score: z.number().default(0) }));
const Columns = z.object({ labels: z.array(z.string()), scores: z.array(z.number()), model: z.string() });
const Pixels = z.instanceof(Float32Array);
const Counted = Texts.transform((texts) => texts.length);
const Encoded = z.string().transform((text) => new Float32Array(text.length));

const soon: BatchPolicy = ({ queuedItems, maxBatchSize }) => ({ type: "run", items: Math.min(queuedItems, maxBatchSize) });

export class Digits {
  @api({ input: Images, output: Numbers, batchable: true, maxBatchSize: 64, maxLatencyMs: 50, batchDim: [0, 0], batchPolicy: soon })
  async classify({ images, top }: Args<typeof Images>) {
    return images.map(() => top);
  }
  @api({ input: Texts, output: Numbers, batchable: true }) sizes(texts: string[]) {
    return texts.map(({ length }) => length);
  }
  @api({ input: Texts, output: Labels, batchable: true }) async labels(texts: string[]): Promise<BatchReturns<typeof Labels>> {
    return texts.map((label) => (label === "" ? new TypeError("empty") : { label }));
  }
  @api({ input: Texts, output: Labels, batchable: true }) async allLabels(texts: string[]): Promise<Returns<typeof Labels>> {
    return texts.map((label) => ({ label }));
  }
  @api({ input: Texts, output: Columns, batchable: true }) columns(texts: string[]): BatchReturns<typeof Columns> {
    return { labels: texts, scores: texts.map((text) => (text === "" ? new Error("empty") : 1)), model: "v1" };
  }
  @api({ input: Texts, output: Numbers, batchable: true }) async *steps(texts: string[]): AsyncGenerator<BatchReturns<typeof Numbers>> {
    for (const round of [1, 2]) yield texts.map((text) => (text === "" ? new Error("empty") : round));
  }
  @api({ input: Pixels, output: Pixels, batchable: true, batchDim: 0 }) typed(pixels: Float32Array<ArrayBuffer>) {
    return pixels.map((pixel) => pixel * 2);
  }
  @api({ input: Encoded, output: Numbers, batchable: true }) decoded(pixels: Args<typeof Encoded>) {
    return Array.from(pixels);
  }
  @api({ input: z.object({ a: Pixels.optional() }), batchable: true }) optional({ a }: { a?: Float32Array<ArrayBuffer> | undefined }) {
    return a ?? [];
  }
  @api({ input: z.union([Texts, z.string()]), batchable: true }) some(texts: string | string[]) {
    return [texts].flat();
  }
  @api({ input: z.record(z.string(), Numbers), batchable: true }) record(columns: Record<string, number[]>) {
    return columns;
  }
  @api({ input: z.array(z.string()).readonly(), batchable: true }) frozen(texts: readonly string[]): readonly string[] {
    return texts;
  }
  @api({ input: z.unknown(), batchable: true }) unknown(value: unknown) {
    return value;
  }
  @api({ input: v.array(v.string()), output: v.array(v.number()), batchable: true }) valibot(texts: string[]) {
    return texts.map(Number);
  }
  @api({ input: type({ xs: "number[]" }), output: type("number[]"), batchable: true }) arktype({ xs }: { xs: number[] }) {
    return xs;
  }
  @api({ input: z3.object({ xs: z3.number().array() }), output: z3.number().array(), batchable: true }) zod3({ xs }: { xs: number[] }) {
    return xs;
  }
  @api({ input: Texts, batchable: false, maxBatchSize: undefined }) plain(texts: string[]) {
    return texts.length;
  }
  @api({
    input: Texts,
    batchable: true,
    batchPolicy: (state) => {
      same<typeof state, BatchState>(true);
      return { type: "wait", until: state.now + 1 };
    },
  })
  inline(texts: string[]) {
    return texts;
  }
}

same<ApiInput<Digits, "classify">, { images: number[][]; top?: number | undefined }>(true);
same<ApiOutput<Digits, "classify">, number[]>(true);
same<ApiOutput<Digits, "labels">, { label: string; score: number }[]>(true);
same<ApiOutput<Digits, "allLabels">, { label: string; score: number }[]>(true);
same<ApiOutput<Digits, "columns">, { labels: string[]; scores: number[]; model: string }>(true);
same<ApiOutput<Digits, "steps">, number[]>(true);
same<ApiInput<Digits, "decoded">, string>(true);
same<keyof NonNullable<ServiceSpec["apis"][number]["batch"]>, "maxSize" | "maxLatencyMs" | "inputDim" | "outputDim" | "policy">(true);

export class Wrong {
  // @ts-expect-error a text is no array
  @api({ input: z.string(), batchable: true }) text(text: string) {
    return [text];
  }
  // @ts-expect-error none of the properties is one
  @api({ input: z.object({ a: z.string(), n: z.number() }), batchable: true }) object({ a, n }: { a: string; n: number }) {
    return [a, n];
  }
  // @ts-expect-error an empty object has none
  @api({ input: z.object({}), batchable: true }) empty(given: object) {
    return [given];
  }
  // @ts-expect-error an array further down cannot be joined
  @api({ input: z.object({ deep: z.object({ xs: Numbers }) }), batchable: true }) deep({ deep }: { deep: { xs: number[] } }) {
    return deep.xs;
  }
  // @ts-expect-error the places of a tuple are no items
  @api({ input: z.object({ size: z.tuple([z.number(), z.number()]) }), batchable: true }) tuple({ size }: { size: [number, number] }) {
    return [...size];
  }
  // @ts-expect-error what the method gets is a number
  @api({ input: Counted, batchable: true }) counted(n: Args<typeof Counted>) {
    return [n];
  }
  // @ts-expect-error nothing says what the items are
  @api({ batchable: true }) nothing() {
    return [1];
  }
  // @ts-expect-error one answer cannot be cut
  @api({ input: Texts, output: z.number(), batchable: true }) one(texts: string[]) {
    return texts.length;
  }
  // @ts-expect-error nor without an output schema
  @api({ input: Texts, batchable: true }) async text1(texts: string[]) {
    return texts.join("");
  }
  // @ts-expect-error nor the steps of a stream
  @api({ input: Texts, output: z.string(), batchable: true }) async *words(texts: string[]) {
    yield* texts;
  }
  // @ts-expect-error an error is no item of a method that is not batchable
  @api({ input: Texts, output: Numbers }) errors(texts: string[]): BatchReturns<typeof Numbers> {
    return texts.map(() => new Error("x"));
  }
  // @ts-expect-error a client would be promised errors as items
  @api({ input: Texts, output: Numbers, batchable: true }) unmarked(texts: string[]): (number | Error)[] {
    return texts.map(() => 1);
  }
  // @ts-expect-error items of another type
  @api({ input: Texts, output: Numbers, batchable: true }) other(texts: string[]) {
    return texts;
  }
  // @ts-expect-error how large, of what?
  @api({ input: Texts, maxBatchSize: 4 }) size(texts: string[]) {
    return texts;
  }
  // @ts-expect-error nor where it is said that nothing is gathered
  @api({ input: Texts, batchable: false, maxLatencyMs: 4 }) latency(texts: string[]) {
    return texts;
  }
  // @ts-expect-error along what?
  @api({ input: Texts, batchDim: 1 }) dim(texts: string[]) {
    return texts;
  }
  // @ts-expect-error nothing for it to decide
  @api({ input: Texts, batchPolicy: soon }) policy(texts: string[]) {
    return texts;
  }
  // @ts-expect-error one dimension each for input and output
  @api({ input: Texts, batchable: true, batchDim: [0, 0, 0] }) dims(texts: string[]) {
    return texts;
  }
  // @ts-expect-error a number
  @api({ input: Texts, batchable: true, maxBatchSize: "64" }) words2(texts: string[]) {
    return texts;
  }
  // @ts-expect-error no such decision
  @api({ input: Texts, batchable: true, batchPolicy: () => ({ type: "flush" }) }) decision(texts: string[]) {
    return texts;
  }
  // @ts-expect-error whether it waits is no decision without until when
  @api({ input: Texts, batchable: true, batchPolicy: () => ({ type: "wait" }) }) until(texts: string[]) {
    return texts;
  }
}

export const Defined = defineService({
  name: "defined",
  apis: {
    classify: api({ input: Images, output: Labels, batchable: true, maxBatchSize: 8 }, ({ images, top }) => {
      same<typeof top, number>(true);
      return images.map((image) => (image.length === 0 ? new Error("no pixels") : { label: "a" }));
    }),
    rounds: api({ input: Texts, output: Numbers, batchable: true, batchDim: 0 }, async function* (texts) {
      yield texts.map(({ length }) => length);
    }),
  },
});
type Defined = InstanceType<typeof Defined>;
same<ApiOutput<Defined, "classify">, { label: string; score: number }[]>(true);
same<ApiOutput<Defined, "rounds">, number[]>(true);

export const wrong = {
  // @ts-expect-error a text is no array
  input: api({ input: z.string(), batchable: true }, (text: string) => [text]),
  // @ts-expect-error one answer cannot be cut
  output: api({ input: Texts, output: z.number(), batchable: true }, (texts) => texts.length),
  // @ts-expect-error an error is no item of a handler that is not batchable
  errors: api({ input: Texts, output: Numbers }, (texts) => texts.map(() => new Error("x"))),
  // @ts-expect-error how large, of what?
  size: api({ input: Texts, maxBatchSize: 4 }, (texts) => texts),
};
