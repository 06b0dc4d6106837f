// server.mjs MODE WORKERS: serves, and tells its parent where.
import { serve } from "@bento/server";
import { writeFigures } from "./own-figures.mjs";
import { Endure } from "./service.mjs";

writeFigures();
const [mode, workers] = process.argv.slice(2);
const server = await serve(Endure, {
  port: 0,
  mode,
  workers: Number(workers),
  entry: new URL("service.mjs", import.meta.url),
  hangTimeoutMs: 5000,
  accessLog: false,
  banner: false,
});
process.send(server.url);
await server.closed;
process.disconnect();
