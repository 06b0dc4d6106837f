// What moving bytes over HTTP costs without any registry: GET gives the file that is named, PUT takes one, on the disk when it answers,
// and digested as often as the request says.
import { createReadStream, createWriteStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { argv } from "node:process";
import { pipeline } from "node:stream/promises";
import { digesting } from "./digesting.mjs";

const [, , given, taken] = argv;
const server = createServer((request, response) => void (request.method === "PUT" ? take(request, response) : give(response)));
server.listen(0, "127.0.0.1", () => process.send?.(`http://127.0.0.1:${server.address().port}`));
process.on("SIGTERM", () => process.exit(0));

async function give(response) {
  response.writeHead(200, { "content-length": (await stat(given)).size });
  await pipeline(createReadStream(given, { highWaterMark: 1024 * 1024 }), response);
}

async function take(request, response) {
  await pipeline(request, ...digesting(Number(request.headers["x-digests"])), createWriteStream(taken, { highWaterMark: 1024 * 1024 }));
  const file = await open(taken, "r+");
  await file.sync();
  await file.close();
  response.end();
}
