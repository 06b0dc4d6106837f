// What HTTP itself takes: the method `first` of the service as a bare server of Node.
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

async function answer(request, response) {
  const { ms } = await json(request);
  const from = process.hrtime.bigint();
  await sleep(ms);
  response.end(String(process.hrtime.bigint() - from));
}

const server = createServer((request, response) => void answer(request, response));
server.listen(0, "127.0.0.1", () => process.send(`http://127.0.0.1:${server.address().port}`));
