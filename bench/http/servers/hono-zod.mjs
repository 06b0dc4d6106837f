// What a careful person writes by hand: Hono, zod, a 400 with the issues.
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { path, sum, Vector } from "../schema.mjs";

const app = new Hono();
app.post(path, async (c) => {
  const input = Vector.safeParse(await c.req.json());
  if (!input.success) return c.json({ error: "invalid input", issues: input.error.issues }, 400);
  return c.json(sum(input.data));
});
serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => process.send({ port }));
