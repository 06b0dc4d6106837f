// Checked by tsc alone, under both decorator settings: what must and what must not compile.
import { z } from "zod";
import { z as z3 } from "zod/v3";
import { type } from "arktype";
import * as v from "valibot";
import {
  api,
  type ApiInput,
  type ApiOutput,
  type Args,
  type Context,
  onDeployment,
  onShutdown,
  onStartup,
  type Returns,
  service,
} from "@bento/sdk";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(verdict: Equal<A, B>): boolean => verdict;

const ClassifyIn = z.object({ images: z.array(z.array(z.number())), top: z.number().default(1) });
const Filled = z.object({ a: z.number(), b: z.number().default(2) });
const Full = z.object({ a: z.number(), b: z.number() });
const Word = z.string().default("x");
const Parsed = z.string().transform((text) => text.length);

@service({
  name: "digits",
  description: "Reads digits",
  pathPrefix: "/v1",
  labels: { team: "vision" },
  traffic: { timeout: 30, maxConcurrency: 4, maxQueue: Infinity },
})
export class Digits {
  #loaded = false;

  @onDeployment() protected static async prepare(): Promise<void> {}
  @onStartup() protected async load(): Promise<void> {
    this.#loaded = true;
  }
  @onStartup() protected warm(this: Digits): void {
    this.#loaded = true;
  }
  @onShutdown() private close(): void {
    this.#loaded = false;
  }

  @api({ input: ClassifyIn, output: z.array(z.number()), route: "/c", name: "classify", description: "The digit of each image" })
  async classify({ images, top }: Args<typeof ClassifyIn>) {
    return images.map(() => (this.#loaded ? top + 1 : 0));
  }

  @api({ input: z.object({ n: z.number() }), output: z.string() })
  async *count({ n }: { n: number }, ctx: Context) {
    for (let i = 0; i < n && !ctx.signal.aborted; i++) yield String(i);
  }

  @api({ input: z.object({ n: z.number() }), output: z.number() })
  *range({ n }: { n: number }): Generator<number> {
    for (let i = 0; i < n; i++) yield i;
  }

  @api({ input: z.string(), output: z.string().nullable() })
  echo(text: string) {
    return text;
  }

  @api({ input: Parsed, output: Filled, stream: false })
  async filled(length: Args<typeof Parsed>, _ctx: Context): Promise<Returns<typeof Filled>> {
    return { a: length };
  }

  @api({ input: Filled, output: Filled })
  async *fillAll(given: Args<typeof Filled>): AsyncGenerator<Returns<typeof Filled>> {
    yield { a: given.b };
  }

  @api({ input: z.unknown(), output: z.unknown() })
  async anything(value: unknown): Promise<unknown> {
    return value;
  }

  @api({ input: z.string().nullable() }) async maybe(value: Args<z.ZodNullable<z.ZodString>>) {
    return value;
  }

  @api({ output: z.number() }) ping() {
    return 1;
  }
  @api({ input: Word }) defaulted(word: Args<typeof Word>) {
    return word;
  }
  @api({ input: z.string().optional() }) optional(word?: string) {
    return word ?? null;
  }
  @api({ input: Filled, output: Filled }) returned(given: Args<typeof Filled>) {
    return given;
  }
  @api({ input: Filled, output: Full }) async passedOn(given: Args<typeof Filled>): Promise<Returns<typeof Full>> {
    return given;
  }
  @api({ input: Parsed }) measured(length: Args<typeof Parsed>) {
    return length;
  }
  @api({ input: z.string(), output: z.number() }) parsed(json: string) {
    return JSON.parse(json);
  }
  @api({ input: z.string() }) ownThis(this: Digits, text: string) {
    return this.echo(text);
  }
  @api() plain(name: string, _ctx: Context): string {
    return name;
  }
  @api() unknown(value: unknown) {
    return value;
  }
  @api() nothing(): void {}
  @api({ input: z.object({ n: z.number().optional() }) }) ignores() {
    return 1;
  }
  @api({ input: z.object({}) }) ignoresObject(_input: object, ctx: Context) {
    return ctx.requestId;
  }

  @api({ input: v.object({ a: v.string() }), output: v.number() }) valibot({ a }: { a: string }) {
    return a.length;
  }
  @api({ input: type({ a: "string" }), output: type("number") }) arktype({ a }: { a: string }) {
    return a.length;
  }
  @api({ input: z3.object({ a: z3.string() }), output: z3.number() }) zod3({ a }: { a: string }) {
    return a.length;
  }
}

same<ApiInput<Digits, "classify">, { images: number[][]; top?: number | undefined }>(true);
same<ApiOutput<Digits, "classify">, number[]>(true);
same<ApiOutput<Digits, "count">, string>(true);
same<ApiOutput<Digits, "range">, number>(true);
same<ApiInput<Digits, "filled">, string>(true);
same<ApiOutput<Digits, "filled">, { a: number; b: number }>(true);
same<ApiOutput<Digits, "fillAll">, { a: number; b: number }>(true);
same<ApiInput<Digits, "maybe">, string | null>(true);
same<ApiInput<Digits, "defaulted">, string | undefined>(true);
same<ApiInput<Digits, "optional">, string | undefined>(true);
same<ApiOutput<Digits, "returned">, { a: number; b: number }>(true);
same<ApiOutput<Digits, "passedOn">, { a: number; b: number }>(true);
same<ApiInput<Digits, "measured">, string>(true);
same<ApiOutput<Digits, "measured">, number>(true);
same<ApiInput<Digits, "ping">, undefined>(true);
same<ApiInput<Digits, "plain">, string>(true);

export class Wrong {
  // @ts-expect-error the method returns a string, the schema says number
  @api({ input: z.string(), output: z.number() }) output(text: string) {
    return text;
  }
  // @ts-expect-error a list of texts is no text, although both can be iterated
  @api({ input: z.string(), output: z.string() }) list(text: string) {
    return [text];
  }
  // @ts-expect-error the parameter is a text, the schema gives a number
  @api({ input: z.object({ n: z.number() }), output: z.string() }) input({ n }: { n: string }) {
    return n;
  }
  // @ts-expect-error the method needs more than the schema gives
  @api({ input: z.object({ n: z.number() }) }) more({ n, m }: { n: number; m: number }) {
    return n + m;
  }
  // @ts-expect-error the caller would get b, the type says it may be missing
  @api({ input: z.string(), output: Filled }) async unmarked(_text: string): Promise<{ a: number; b?: number }> {
    return { a: 1 };
  }
  // @ts-expect-error the caller sends text, the type says number
  @api({ input: Parsed }) transformed(length: number) {
    return length;
  }
  // @ts-expect-error the mark of another schema
  @api({ input: Parsed }) otherMark(length: Args<z.ZodNumber>) {
    return length;
  }
  // @ts-expect-error an item of another type
  @api({ input: z.string(), output: z.number() }) async *stream(text: string) {
    yield text;
  }
  // @ts-expect-error the second parameter is the context
  @api({ input: z.string() }) second(_text: string, n: number) {
    return n;
  }
  // @ts-expect-error an api has two parameters
  @api({ input: z.string() }) third(_text: string, _ctx: Context, n: number) {
    return n;
  }
  // @ts-expect-error nothing can validate an object without a schema
  @api() unvalidated({ n }: { n: number }) {
    return n;
  }
  // @ts-expect-error metadata cannot say that a parameter may be left out
  @api() optional(name = "x") {
    return name;
  }
  // @ts-expect-error a method that ignores its input would leave callers nothing to send
  @api({ input: z.string() }) ignores() {
    return 1;
  }
  // @ts-expect-error an endpoint belongs to an instance
  @api({ input: z.string() }) static shared(text: string) {
    return text;
  }
  // @ts-expect-error so does a hook
  @onStartup() static early() {}
  // @ts-expect-error an endpoint is called from outside
  @api({ input: z.string() }) #secret(text: string) {
    return text;
  }
  protected tell(): string {
    return this.#secret("told");
  }
  // @ts-expect-error a getter is no method
  @api() get property() {
    return 1;
  }
  // @ts-expect-error null is no text
  @api({ input: z.string(), output: z.string() }) async nullable(text: string): Promise<string | null> {
    return text;
  }
  // @ts-expect-error the decorator is what api() returns
  @api uncalled() {}
  // @ts-expect-error no such option
  @api({ input: z.string(), workers: 2 }) option(text: string) {
    return text;
  }
  // @ts-expect-error a field is no method
  @api() field = 1;
  // @ts-expect-error a hook takes nothing
  @onStartup() hook(_n: number) {}
  // @ts-expect-error a deployment hook is static
  @onDeployment() deployment() {}
}

// @ts-expect-error a service is constructed without arguments
@service()
export class NeedsArgument {
  constructor(readonly n: number) {}
}

// @ts-expect-error an abstract class cannot be constructed
@service()
export abstract class Abstract {
  field = 1;
}

// @ts-expect-error no such option yet
@service({ gpu: 1 })
export class UnknownOption {
  field = 1;
}
