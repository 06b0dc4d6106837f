// Checked by tsc alone: the types of a service without decorators.
import { z } from "zod";
import { api, type ApiInput, type ApiOutput, BentoModel, defineService } from "@bento/sdk";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(verdict: Equal<A, B>): boolean => verdict;

const Images = z.object({ images: z.array(z.array(z.number())), top: z.number().default(1) });
const Filled = z.object({ a: z.number(), b: z.number().default(2) });
const model = new BentoModel("digits:latest");

export const Digits = defineService({
  name: "digits",
  models: { model },
  traffic: { timeout: 1 },
  apis: {
    classify: api({ input: Images, output: z.array(z.number()) }, async ({ images, top }, ctx) => {
      same<typeof top, number>(true);
      same<typeof ctx.requestId, string>(true);
      return images.map(() => top);
    }),
    filled: api({ input: z.string(), output: Filled }, (text) => ({ a: text.length })),
    count: api({ input: z.number(), output: z.string() }, async function* (n) {
      for (let i = 0; i < n; i++) yield String(i);
    }),
    ping: api({}, () => "pong"),
    defaulted: api({ input: z.number().default(1) }, (n) => {
      same<typeof n, number>(true);
      return { n };
    }),
    parsed: api({ input: z.string(), output: z.number() }, (json) => JSON.parse(json)),
  },
  startup: async () => undefined,
});
type Digits = InstanceType<typeof Digits>;

same<ApiInput<Digits, "classify">, { images: number[][]; top?: number | undefined }>(true);
same<ApiOutput<Digits, "classify">, number[]>(true);
same<ApiOutput<Digits, "filled">, { a: number; b: number }>(true);
same<ApiInput<Digits, "count">, number>(true);
same<ApiOutput<Digits, "count">, string>(true);
same<ApiInput<Digits, "ping">, unknown>(true);
same<ApiOutput<Digits, "ping">, string>(true);
same<ApiInput<Digits, "defaulted">, number | undefined>(true);
same<ApiOutput<Digits, "defaulted">, { n: number }>(true);
same<ApiOutput<Digits, "parsed">, number>(true);

export const wrong = {
  // @ts-expect-error the handler returns what the schema does not allow
  output: api({ input: z.string(), output: z.number() }, (text) => text),
  // @ts-expect-error the handler takes what the schema does not give
  input: api({ input: z.string() }, (n: number) => n),
  // @ts-expect-error items of another type
  items: api({ input: z.string(), output: z.number() }, async function* (text) {
    yield text;
  }),
};

// @ts-expect-error a service needs a name
defineService({ apis: {} });
// @ts-expect-error a bare function has no schema
defineService({ name: "bare", apis: { classify: () => 1 } });
