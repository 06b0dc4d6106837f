// A server of the streams, in a process of its own: told how many workers it has, it tells where it listens.
import { serve } from "@bento/server";
import { Streams } from "./service.mjs";

const [mode] = process.argv.slice(2);
const entry = new URL("service.mjs", import.meta.url);
const server = await serve(Streams, { port: 0, mode, workers: 1, entry, accessLog: false, banner: false });
process.send(server.url);
