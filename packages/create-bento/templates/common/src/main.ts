import { serve } from "@bento/server";
import { Iris } from "./service.js";

const server = await serve(Iris, { port: Number(process.env["PORT"] ?? 3000) });
console.log(`listening on ${server.url}`);
