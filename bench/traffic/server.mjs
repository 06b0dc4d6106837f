// server.mjs SERVICE MODE: serves, and tells its parent where.
import { serve } from "@bento/server";
import * as services from "./service.mjs";

const [name, mode] = process.argv.slice(2);
const entry = new URL("service.mjs", import.meta.url);
const server = await serve(services[name], { port: 0, mode, workers: 1, entry, accessLog: false, banner: false });
process.send(server.url);
await server.closed;
process.disconnect();
