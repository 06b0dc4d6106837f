// Serves the model on PORT (default 3000), and says how to try it.
import { readFile } from "node:fs/promises";
import { env } from "node:process";
import { BentoError } from "@bento/core";
import { serve } from "@bento/server";
import { Digits } from "./service.js";

try {
  const server = await serve(Digits, { port: Number(env["PORT"] ?? 3000) });
  const rows = await readFile(new URL("../assets/test-rows.jsonl", import.meta.url), "utf8");
  const { input, truth } = JSON.parse(rows.slice(0, rows.indexOf("\n"))) as { input: number[]; truth: number };
  console.log(`
The digits model is served at ${server.url}: open it in a browser, or paste this.

  curl -s ${server.url}/classify -H 'content-type: application/json' -d '${JSON.stringify({ images: [input] })}'

It should answer [${truth}]. Ctrl-C stops the server.
`);
} catch (error) {
  if (!BentoError.is(error)) throw error;
  console.error([error.message, error.hint].filter((line) => line !== undefined).join("\n"));
  process.exitCode = 1;
}
