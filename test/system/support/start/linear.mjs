// linear.mjs MODE PORT: serves with two workers, and prints first when it does: milliseconds since 1970.
import { serve } from "@bento/server";
import { Linear } from "./linear-service.mjs";

const [mode, port] = process.argv.slice(2);
process.stdout.write(`${performance.timeOrigin + performance.now()}\n`);
await serve(Linear, { port: Number(port), mode, workers: 2, entry: new URL("linear-service.mjs", import.meta.url) });
