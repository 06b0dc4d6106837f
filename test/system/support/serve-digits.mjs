// serve-digits.mjs MODE: the quickstart's service in two workers, in a mode that is not the one it would have by itself.
import { serve } from "@bento/server";

const entry = new URL("../../../examples/quickstart/dist/service.js", import.meta.url);
const { Digits } = await import(entry.href);
await serve(Digits, { port: 0, workers: 2, mode: process.argv[2], entry });
