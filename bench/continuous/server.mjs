// A server of the tokens, in a process of its own; it tells where it listens.
import { serve } from "@bento/server";
import { Tokens } from "./service.mjs";

const server = await serve(Tokens, { port: 0, accessLog: false, banner: false });
process.send(server.url);
