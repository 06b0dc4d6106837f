import { createApp } from "@bento/server";
import { Hono } from "hono";
import { after } from "next/server";

export const runtime = "nodejs";
export const GET = async (request) => (await (globalThis.iris ??= start())).fetch(request); // once, also under next dev
export const POST = GET;

async function start() {
  const app = await createApp("./service.mjs:Iris", { workers: 2 });
  const stopping = new Promise((resolve) => ["SIGTERM", "SIGINT"].forEach((signal) => process.once(signal, resolve)));
  after(() => stopping.then(() => app.close())); // Next.js finishes its requests and this, then it exits
  return new Hono().route("/api", app);
}
