import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { path, sum } from "../schema.mjs";

const app = new Hono();
app.post(path, async (c) => c.json(sum(await c.req.json())));
serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => process.send({ port }));
