// serve-zoo.mjs TARGET PORT [WORKERS]: serves a service of the zoo in this process, or in worker processes behind it.
import { serve } from "@bento/server";

const [target, port, workers] = process.argv.slice(2);
const pool = workers === undefined ? {} : { workers: Number(workers), mode: "pool" };
await serve(target, { port: Number(port), banner: false, accessLog: false, ...pool });
