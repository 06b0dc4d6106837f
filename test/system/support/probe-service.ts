import { type Args, BentoError, type Returns } from "@bento/core";
import { api, service } from "@bento/sdk";
import { z } from "zod";

const Item = z.object({ name: z.string(), price: z.number(), tags: z.array(z.string()).default([]) });
const Order = z.object({ id: z.int(), items: z.array(Item), note: z.string().nullable().default(null) });
const Token = z.object({ id: z.int(), text: z.string() });

const Add = z.object({ a: z.int(), b: z.int().default(2) });
const Greet = z.object({ who: z.string(), times: z.int().default(1), sep: z.string().default(" ") });
const Place = z.object({ order: Order, express: z.boolean().default(false) });
const Reverse = z.object({ items: z.array(Item) });
const Weigh = z.object({ weights: z.record(z.string(), z.number()) });
const Maybe = z.object({ x: z.int().nullable().default(null) });
const Text = z.object({ text: z.string() });
const Kind = z.object({ kind: z.string() });

const errors: Readonly<Record<string, () => Error>> = {
  invalid: () => new BentoError("BENTO_BAD_REQUEST", "n must be even"),
  missing: () => new BentoError("BENTO_NOT_FOUND", "no such cat"),
  unprocessable: () => new BentoError("BENTO_UNPROCESSABLE", "cannot read the scan"),
  unavailable: () => new BentoError("BENTO_UNAVAILABLE", "warming up"),
  internal: () => new BentoError("BENTO_STORE_FAILED", "secret detail"),
  plain: () => new TypeError("secret detail"),
};

function raise(kind: string): never {
  throw errors[kind]?.() ?? new Error(`no such kind: ${kind}`);
}

/** The probe service in TypeScript; `python-service/service.py` is the same in Python, endpoint for endpoint. */
@service({ name: "Probe", description: "Endpoints of every kind that JSON and text can carry." })
export class Probe {
  @api({ input: Add, output: z.int() })
  async add({ a, b }: Args<typeof Add>): Promise<number> {
    return a + b;
  }

  @api({ input: Greet, output: z.string() })
  async greet({ who, times, sep }: Args<typeof Greet>): Promise<string> {
    return Array.from({ length: times }, () => `Hi ${who}`).join(sep);
  }

  @api({ input: z.string(), output: z.string() })
  async shout(text: string): Promise<string> {
    return text.toUpperCase();
  }

  @api({ input: z.array(z.int()), output: z.int() })
  async total(numbers: number[]): Promise<number> {
    return numbers.reduce((sum, number) => sum + number, 0);
  }

  @api({ input: Place, output: Order, description: "Places an order." })
  async place({ order, express }: Args<typeof Place>): Promise<Returns<typeof Order>> {
    return { ...order, note: `${order.note ?? ""}${express ? "!" : "."}` };
  }

  @api({ input: Reverse, output: z.array(Item) })
  async reverse({ items }: Args<typeof Reverse>): Promise<z.infer<typeof Item>[]> {
    return items.toReversed();
  }

  @api({ input: Weigh, output: z.record(z.string(), z.number()) })
  async weigh({ weights }: Args<typeof Weigh>): Promise<Record<string, number>> {
    return Object.fromEntries(Object.entries(weights).map(([name, weight]) => [name, weight * 2]));
  }

  @api({ input: z.object({}), output: z.null() })
  async nothing(): Promise<null> {
    return null;
  }

  @api({ input: Maybe, output: z.int().nullable() })
  async maybe({ x }: Args<typeof Maybe>): Promise<number | null> {
    return x;
  }

  @api({ input: Text, output: z.string(), route: "/custom/path" })
  async routed({ text }: Args<typeof Text>): Promise<string> {
    return text;
  }

  @api({ input: Kind, output: z.string() })
  async fail({ kind }: Args<typeof Kind>): Promise<string> {
    return raise(kind);
  }

  @api({ input: Text, output: z.string() })
  async *words({ text }: Args<typeof Text>): AsyncGenerator<string> {
    yield* text.split(" ");
  }

  @api({ input: Text, output: Token })
  async *tokens({ text }: Args<typeof Text>): AsyncGenerator<z.infer<typeof Token>> {
    for (const [id, word] of text.split(" ").entries()) yield { id, text: word };
  }

  @api({ input: Kind, output: z.string() })
  async *broken({ kind }: Args<typeof Kind>): AsyncGenerator<string> {
    yield raise(kind);
  }
}
