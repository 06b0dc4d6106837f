// What an answer costs without any registry: `/7` is the file `answer-7` of the folder that the command line names, held in memory.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { argv } from "node:process";

const answers = await Promise.all(Array.from({ length: Number(argv[3]) }, (_, index) => readFile(join(argv[2], `answer-${index}`))));
const server = createServer((request, response) => {
  const body = answers[Number(request.url?.slice(1))];
  response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
  response.end(body);
});
server.listen(0, "127.0.0.1", () => process.send?.(`http://127.0.0.1:${server.address().port}`));
process.on("SIGTERM", () => process.exit(0));
