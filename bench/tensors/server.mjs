// A server that echoes tensors, in a process of its own: told where the method runs, it tells where it listens.
import { serve } from "@bento/server";
import { Tensors } from "./service.mjs";

const [mode] = process.argv.slice(2);
const entry = new URL("service.mjs", import.meta.url);
const server = await serve(Tensors, { port: 0, mode, workers: 1, entry, accessLog: false, banner: false, maxBodyBytes: 2 ** 28 });
process.send(server.url);
