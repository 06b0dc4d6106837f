// Ours, with everything on but the access log. Its argument: options of serve() as JSON.
import { serve } from "@bento/server";
import { Bench } from "./service.mjs";

const entry = new URL("service.mjs", import.meta.url);
const server = await serve(Bench, { port: 0, accessLog: false, banner: false, entry, ...JSON.parse(process.argv[2]) });
process.send({ port: server.port });
