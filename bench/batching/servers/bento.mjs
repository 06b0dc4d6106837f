// Ours. Its arguments: `Batched` or `Unbatched`, and options of serve() as JSON.
import { serve } from "@bento/server";
import { Batched, Unbatched } from "./service.mjs";

const [, , name, options] = process.argv;
const entry = new URL("service.mjs", import.meta.url);
const server = await serve(name === "Batched" ? Batched : Unbatched, {
  port: 0,
  accessLog: false,
  banner: false,
  entry,
  ...JSON.parse(options),
});
process.send({ port: server.port });
