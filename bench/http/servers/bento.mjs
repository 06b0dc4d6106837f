// Ours with everything on: validation of input and output, metrics, request id, deadline, concurrency gate.
// The access log goes to /dev/null when it is on: the cost of writing lines is ours, that of a terminal is not.
import { openSync } from "node:fs";
import { api, defineService } from "@bento/sdk";
import { serve } from "@bento/server";
import pino from "pino";
import { z } from "zod";
import { sum, Vector } from "../schema.mjs";

const Vectors = defineService({
  name: "vectors",
  traffic: { timeout: 10, maxConcurrency: 1000 },
  apis: { sum: api({ input: Vector, output: z.number() }, sum) },
});
const accessLog = process.argv.includes("--access-log");
const logger = pino({}, pino.destination({ fd: openSync("/dev/null", "w"), sync: false }));
const server = await serve(Vectors, { port: 0, accessLog, logger, banner: false });
process.send({ port: server.port });
