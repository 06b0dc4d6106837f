import type { Args, Context, Returns } from "@bento/core";
import { z } from "zod";
import { type Client, createClient, discover, type EndpointInfo, type StreamCall } from "../src/index.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_equal: Equal<A, B>): void {}

const ClassifyIn = z.object({ images: z.array(z.array(z.number())), top: z.number().default(1) });
const Filled = z.object({ a: z.number(), b: z.number().default(2) });
const Parsed = z.string().transform((text) => text.length);
const Counted = z.number().default(1);
const Paged = z.object({ page: z.number().default(1) });

class Everything {
  readonly model = { lazy: true };
  async classify({ images, top }: Args<typeof ClassifyIn>): Promise<number[]> {
    return images.map(() => top);
  }
  async *count({ n }: { n: number }, ctx: Context) {
    for (let i = 0; i < n && !ctx.signal.aborted; i++) yield String(i);
  }
  *letters(text: string): Generator<Returns<typeof Filled>> {
    yield { a: text.length };
  }
  echo(text: string): string {
    return text;
  }
  ping(): boolean {
    return this.helper();
  }
  async filled(text: string | null): Promise<Returns<typeof Filled>> {
    return { a: text ? 1 : 0 };
  }
  async parsed(n: Args<typeof Parsed>): Promise<number> {
    return n + 1;
  }
  async list({ page }: Args<typeof Paged>): Promise<Date[]> {
    return [new Date(page)];
  }
  async anything(x: unknown): Promise<unknown> {
    return x;
  }
  async maybe(x: Args<z.ZodNullable<z.ZodString>>): Promise<string | null> {
    return x;
  }
  defaulted(n: Args<typeof Counted>): number {
    return n;
  }
  optional(n?: number): boolean {
    return n === undefined;
  }
  loose(json: string) {
    return JSON.parse(json);
  }
  fails(): never {
    throw new Error("always");
  }
  same(n: Args<typeof Parsed>) {
    return n;
  }
  protected async load(): Promise<void> {}
  private helper(): boolean {
    return true;
  }
}

const client = createClient<Everything>("http://localhost:3000");

async function accepted(): Promise<void> {
  same<typeof labels, number[]>(true);
  const labels = await client.classify({ images: [[1]] });
  for await (const item of client.count({ n: 3 }, { signal: new AbortController().signal, timeoutMs: 5, headers: { a: "b" } })) {
    same<typeof item, string>(true);
  }
  const all = await client.count({ n: 3 });
  same<typeof all, string[]>(true);
  for await (const item of client.letters("a")) same<typeof item, { a: number; b: number }>(true);
  same<ReturnType<typeof client.echo>, Promise<string>>(true);
  same<ReturnType<typeof client.count>, StreamCall<string>>(true);
  same<boolean, Awaited<ReturnType<typeof client.ping>>>(true);
  await client.ping(undefined, { timeoutMs: 5 });
  await client.ping(undefined, { priority: 0 });
  // @ts-expect-error 7 is the least urgent
  await client.ping(undefined, { priority: 8 });
  const filled = await client.filled(null);
  same<typeof filled, { a: number; b: number }>(true);
  same<Parameters<typeof client.parsed>[0], string>(true);
  const dates = await client.list();
  same<typeof dates, Date[]>(true);
  await client.list({});
  const anything = await client.anything(1);
  same<typeof anything, unknown>(true);
  const maybe = await client.maybe("a");
  same<typeof maybe, string | null>(true);
  same<Parameters<typeof client.defaulted>[0], number | undefined>(true);
  await Promise.all([client.defaulted(), client.defaulted(1), client.optional(), client.optional(1)]);
  // oxlint-disable-next-line typescript/no-explicit-any -- what JSON.parse gives
  same<ReturnType<typeof client.loose>, Promise<any>>(true);
  same<ReturnType<typeof client.fails>, Promise<never>>(true);
  same<ReturnType<typeof client.same>, Promise<number>>(true);
  const endpoints = await client.endpoints;
  same<typeof endpoints, readonly EndpointInfo[]>(true);
  same<
    keyof typeof client,
    | "classify"
    | "count"
    | "letters"
    | "echo"
    | "ping"
    | "filled"
    | "parsed"
    | "list"
    | "anything"
    | "maybe"
    | "defaulted"
    | "optional"
    | "loose"
    | "fails"
    | "same"
    | "endpoints"
    | "isReady"
    | "waitUntilReady"
    | typeof Symbol.asyncDispose
  >(true);
  same<ReturnType<typeof client.isReady>, Promise<boolean>>(true);
  await client.waitUntilReady({ timeoutMs: 5, signal: new AbortController().signal });
  await client.echo("a", { retries: 0, idempotent: true, onUploadProgress: ({ loadedBytes, totalBytes }) => [loadedBytes, totalBytes] });
  const found = await discover("http://localhost:3000", { hooks: { onEnd: (request, { error }) => [request.attempt, error?.code] } });
  const untyped = await found.call("anything", 1, { timeoutMs: 5 });
  same<typeof untyped, unknown>(true);
  for await (const item of found.call("count")) same<typeof item, unknown>(true);
}

async function refused(): Promise<void> {
  // @ts-expect-error a number is what the method gets, not what is sent
  await client.parsed(4);
  // @ts-expect-error wrong type inside
  await client.classify({ images: ["x"] });
  // @ts-expect-error images are required
  await client.classify({});
  // @ts-expect-error an input is required
  await client.echo();
  // @ts-expect-error a method without input takes none
  await client.ping(1);
  // @ts-expect-error a hook is no endpoint
  await client.load();
  // @ts-expect-error a private method is no endpoint
  await client.helper();
  // @ts-expect-error a field is no endpoint
  void client.model;
  // @ts-expect-error no such method
  await client.clasify({ images: [] });
  // @ts-expect-error a single answer cannot be iterated
  for await (const _item of client.echo("a")) break;
  // @ts-expect-error an untyped client has no methods of its own
  await (await discover("http://localhost:3000")).classify({ images: [] });
  // @ts-expect-error retries are a number
  await client.echo("a", { retries: "3" });
  // @ts-expect-error milliseconds carry their name
  await client.echo("a", { timeout: 5 });
}

// What defineService returns is a constructor: `typeof` it gives the same client.
declare const Defined: new () => { classify(input: { images: number[][] }): Promise<number[]> };
same<Client<typeof Defined>, Client<InstanceType<typeof Defined>>>(true);
const defined = createClient<typeof Defined>("http://localhost:3000");
same<ReturnType<typeof defined.classify>, Promise<number[]>>(true);

export { accepted, refused };
