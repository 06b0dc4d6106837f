// Ours. Its arguments: `Batched` or `Unbatched`, and options of serve() as JSON.
import { serve } from "@bento/server";
import * as services from "./service.mjs";

const [, , name, options] = process.argv;
const entry = new URL("service.mjs", import.meta.url);
const server = await serve(services[name], { port: 0, accessLog: false, banner: false, entry, ...JSON.parse(options) });
process.send({ port: server.port });
