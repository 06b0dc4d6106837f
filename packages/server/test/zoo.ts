import { type Args, BentoError, type Context } from "@bento/core";
import { api, getContext, service } from "@bento/sdk";
import { z } from "zod";

const Greeting = z.object({ who: z.string(), times: z.number().int().default(1) });
const Point = z.object({ x: z.number(), y: z.number() });

/** Inputs and outputs of every kind that JSON and plain text have. */
@service({ name: "typed", description: "Inputs & outputs of <every> kind" })
export class Typed {
  @api({ input: Greeting, output: z.string(), description: "Greets somebody." })
  greet({ who, times }: Args<typeof Greeting>) {
    return `Hi ${who}`.repeat(times);
  }

  @api({ input: z.object({ a: z.number(), b: z.number().default(2) }), output: z.number() })
  async add({ a, b }: { a: number; b?: number }) {
    return a + (b ?? 0);
  }

  @api({ input: z.string(), output: z.string() })
  shout(text: string) {
    return text.toUpperCase();
  }

  @api({ input: z.array(z.number()), output: z.number() })
  total(numbers: number[]) {
    return numbers.reduce((sum, number) => sum + number, 0);
  }

  @api({ input: z.number().default(7), output: z.number(), route: "/deep/next", name: "following" })
  next(number: number) {
    return number + 1;
  }

  @api({ input: z.object({ text: z.string().nullable() }), output: z.string().nullable() })
  maybe({ text }: { text: string | null }) {
    return text;
  }

  @api({ input: z.object({ value: z.unknown() }), output: z.unknown() })
  echo({ value }: { value: unknown }) {
    return value;
  }

  @api({ input: z.record(z.string(), Point), output: z.record(z.string(), Point) })
  points(points: Record<string, { x: number; y: number }>) {
    return points;
  }

  @api({ input: z.object({ at: z.date(), big: z.bigint() }), output: z.object({ at: z.date(), big: z.bigint() }) })
  times({ at, big }: { at: Date; big: bigint }) {
    return { at: new Date(at.getTime() + 1000), big: big + 1n };
  }

  @api({ input: z.object({ text: z.string().optional() }), output: z.string().optional() })
  perhaps({ text }: { text?: string | undefined }) {
    return text;
  }

  @api({ input: z.object({}), output: z.null() })
  nothing() {
    return null;
  }

  @api({ input: z.object({ value: z.string().refine(async (text) => text !== "no", "must not be no") }), output: z.string() })
  async checked({ value }: { value: string }) {
    return value;
  }
}

/** What goes wrong inside. */
@service({ name: "failing" })
export class Failing {
  @api({ input: z.object({ code: z.string() }), output: z.string() })
  known({ code }: { code: string }): string {
    if (code === "missing") throw new BentoError("BENTO_NOT_FOUND", "no such cat", { hint: "Ask for another." });
    if (code === "secret") throw new BentoError("BENTO_STORE_FAILED", "/home/secret/path is full");
    throw new BentoError("BENTO_UNPROCESSABLE", "cannot be worked on");
  }

  @api({ input: z.object({}), output: z.string() })
  async crash(): Promise<string> {
    throw new TypeError("secret detail");
  }

  @api({ input: z.object({}), output: z.string() })
  // oxlint-disable-next-line typescript/only-throw-error -- what JavaScript allows
  crashSync(): string {
    throw "a text"; // eslint-disable-line
  }

  @api({ input: z.object({}), output: z.object({ n: z.number() }) })
  wrong(): { n: number } {
    return { n: "x" as never };
  }

  @api({ input: z.object({ depth: z.number() }), output: z.unknown() })
  circular(_input: { depth: number }): unknown {
    const value: Record<string, unknown> = {};
    value["self"] = value;
    return value;
  }

  @api({ input: z.object({}), output: z.string() })
  fine() {
    return "fine";
  }
}

/** What a method learns of its request and adds to its answer. */
@service({ name: "contextual" })
export class Contextual {
  @api({ input: z.object({}), output: z.unknown() })
  async look(_input: object, ctx: Context) {
    await Promise.resolve();
    const same = getContext() === ctx;
    ctx.state["seen"] = true;
    return {
      same,
      method: ctx.request.method,
      path: new URL(ctx.request.url).pathname + new URL(ctx.request.url).search,
      header: ctx.request.headers.get("x-custom"),
      requestId: ctx.requestId,
      identity: ctx.identity?.id ?? null,
      aborted: ctx.signal.aborted,
      seen: getContext().state["seen"],
    };
  }

  @api({ input: z.object({ status: z.number() }), output: z.string() })
  answer({ status }: { status: number }, ctx: Context) {
    ctx.response.status = status;
    ctx.response.headers.set("x-mine", "1");
    ctx.response.headers.append("set-cookie", "a=1");
    ctx.response.headers.append("set-cookie", "b=2");
    ctx.response.headers.set("content-length", "1");
    ctx.response.headers.set("server", "mine");
    ctx.response.headers.set("x-bentoml-request-id", "forged");
    return "made";
  }

  @api({ input: z.object({}), output: z.string() })
  markdown(_input: object, ctx: Context) {
    ctx.response.headers.set("content-type", "text/markdown; charset=utf-8");
    return "# title";
  }
}

/** Under a path prefix. */
@service({ name: "prefixed", pathPrefix: "/v1" })
export class Prefixed {
  @api({ input: z.object({ s: z.string() }), output: z.string() })
  echo({ s }: { s: string }) {
    return s;
  }
}
