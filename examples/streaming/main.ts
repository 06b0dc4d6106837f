// Serves the storyteller and its page on PORT (default 3000).
import { env } from "node:process";
import { BentoError } from "@bento/core";
import { serve } from "@bento/server";
import { pageRoutes } from "./page-routes.js";
import { Storyteller } from "./service.js";

try {
  const page = await pageRoutes();
  const server = await serve(Storyteller, { port: Number(env["PORT"] ?? 3000), accessLog: false, banner: false });
  server.app.route("/page", page);
  console.log(`
Open ${server.url}/page in a browser, and cancel a story: the line below it says when the generator has ended. Or paste this.

  curl -sN ${server.url}/generate -H 'content-type: application/json' -d '{"prompt": "The fox", "maxTokens": 50}'

Ctrl-C stops the server.
`);
} catch (error) {
  if (!BentoError.is(error)) throw error;
  console.error([error.message, error.hint].filter((line) => line !== undefined).join("\n"));
  process.exitCode = 1;
}
