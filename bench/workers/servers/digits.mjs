// The quickstart's service with its model. Its arguments: options of serve() as JSON, and the home of the model store.
import { serve } from "@bento/server";
import { FileModelStore } from "@bento/store";

const entry = new URL("../../../examples/quickstart/dist/service.js", import.meta.url);
const { Digits } = await import(entry);
const store = new FileModelStore(process.argv[3]);
const server = await serve(Digits, { port: 0, accessLog: false, banner: false, entry, store, ...JSON.parse(process.argv[2]) });
process.send({ port: server.port });
