// What a careful person writes by hand: Hono, zod, a 400 with the issues, and one run of the model for each request.
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { classify, Images, path } from "./digits.mjs";

const app = new Hono();
app.post(path, async (c) => {
  const input = Images.safeParse(await c.req.json());
  if (!input.success) return c.json({ error: "invalid input", issues: input.error.issues }, 400);
  return c.json(await classify(input.data));
});
serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => process.send({ port }));
