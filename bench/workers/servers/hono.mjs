// What a careful person writes by hand, in one process.
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { sum, Vector } from "../../http/schema.mjs";

const app = new Hono();
app.post("/sum", async (c) => {
  const input = Vector.safeParse(await c.req.json());
  if (!input.success) return c.json({ error: "invalid input", issues: input.error.issues }, 400);
  return c.json(sum(input.data));
});
app.post("/size", async (c) => c.json((await c.req.arrayBuffer()).byteLength));
serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => process.send({ port }));
