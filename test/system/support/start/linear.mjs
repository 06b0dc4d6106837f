// linear.mjs MODE PORT: serves with two workers.
import { serve } from "@bento/server";
import { Linear } from "./linear-service.mjs";

const [mode, port] = process.argv.slice(2);
await serve(Linear, { port: Number(port), mode, workers: 2, entry: new URL("linear-service.mjs", import.meta.url) });
