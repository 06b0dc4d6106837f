// server.mjs SERVICE MODE: serves, and tells its parent where.
import { serve } from "@bento/server";

const [name, mode] = process.argv.slice(2);
const entry = new URL("service.mjs", import.meta.url);
const { [name]: service } = await import("./service.mjs");
const server = await serve(service, { port: 0, mode, workers: 1, entry, accessLog: false, banner: false });
process.send(server.url);
await server.closed;
process.disconnect();
