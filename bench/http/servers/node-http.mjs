// The floor: no routing, no validation.
import { createServer } from "node:http";
import { sum } from "../schema.mjs";

const server = createServer((request, response) => {
  let text = "";
  request.setEncoding("utf8");
  request.on("data", (chunk) => (text += chunk));
  request.on("end", () => {
    const answer = JSON.stringify(sum(JSON.parse(text)));
    response.writeHead(200, { "content-type": "application/json", "content-length": answer.length });
    response.end(answer);
  });
});
server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
