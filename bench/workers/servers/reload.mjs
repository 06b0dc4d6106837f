// A service that is being written: one pooled worker, reloaded at every save. Its argument: the file, as serve() takes it.
import { serve } from "@bento/server";

const server = await serve(process.argv[2], { port: 0, accessLog: false, banner: false, workers: 1, reload: true });
process.send({ port: server.port });
