// Ours with everything on: validation of input and output, metrics, request id, deadline, concurrency gate.
// With `--access-log` the server's own log is on as users have it; whoever starts this sends it to /dev/null, because the
// cost of writing lines is ours, that of a terminal is not.
import { api, defineService } from "@bento/sdk";
import { serve } from "@bento/server";
import { z } from "zod";
import { sum, Vector } from "../schema.mjs";

const Vectors = defineService({
  name: "vectors",
  traffic: { timeout: 10, maxConcurrency: 1000 },
  apis: { sum: api({ input: Vector, output: z.number() }, sum) },
});
const server = await serve(Vectors, { port: 0, accessLog: process.argv.includes("--access-log"), banner: false });
process.send({ port: server.port });
