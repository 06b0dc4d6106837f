import type { Client } from "@bento/client";
import type { Context } from "@bento/core";
import { api, service } from "@bento/sdk";
import { Hono } from "hono";
import { z } from "zod";

import { type BentoApp, type BentoServer, createApp, type Executor, type NodeHandler, serve } from "../src/index.js";

@service()
class Digits {
  @api({ input: z.object({ images: z.array(z.array(z.number())) }), output: z.array(z.number().int()) })
  async classify({ images }: { images: number[][] }, _ctx: Context) {
    return images.map(() => 1);
  }

  @api({ input: z.object({}), output: z.string() })
  async *words() {
    yield "a";
  }
}

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <T extends true>(value: T): T => value;

const app = await createApp(Digits);
holds<Equal<typeof app, BentoApp<Digits>>>(true);
const client = app.client({ token: "x" });
holds<Equal<typeof client, Client<Digits>>>(true);
const labels = await client.classify({ images: [[1]] });
holds<Equal<typeof labels, number[]>>(true);
for await (const word of client.words()) holds<Equal<typeof word, string>>(true);
// @ts-expect-error -- images are lists of lists of numbers
await client.classify({ images: ["a"] });
// @ts-expect-error -- there is no such endpoint
await client.guess({});

const handler: NodeHandler = app.node({ prefix: "/digits" });
new Hono().route("/digits", app).get("/own", (context) => context.text("own"));
const server: BentoServer<Digits> = await serve(Digits, { port: 0, auth: { tokens: { alice: "s3cret" } } });
await server.app.client().classify({ images: [] });

// @ts-expect-error -- an instance is no service
await createApp(new Digits());
// @ts-expect-error -- a port is a number
await serve(Digits, { port: "3000" });
// @ts-expect-error -- an identity has an id
await createApp(Digits, { auth: () => ({ name: "alice" }) });

/** An executor that another package could write. */
const executor: Executor = {
  isReady: true,
  run: ({ body }) => ({ status: 200, headers: [], body: "bytes" in body ? body.bytes : "" }),
  close: async () => undefined,
};
void [handler, executor];
