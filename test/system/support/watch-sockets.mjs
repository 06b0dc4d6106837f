// Loaded into a server before its own code, by `--import`: puts the time before each line that it prints, and adds a line
// when a connection is closed in the middle of an answer, as Node itself sees it and not the server.
import { subscribe } from "node:diagnostics_channel";

const say = (text) => process.stdout.write(`${JSON.stringify({ at: performance.now(), text })}\n`);
// oxlint-disable-next-line no-console -- it is what the server prints with
console.log = (...parts) => say(parts.join(" "));

/** The last answer on each connection. */
const answers = new WeakMap();
subscribe("http.server.request.start", ({ request, response, socket }) => {
  if (!answers.has(socket)) {
    socket.once("close", () => {
      const { url, answer } = answers.get(socket);
      if (!answer.writableEnded) say(`cut off ${url}`);
    });
  }
  answers.set(socket, { url: request.url, answer: response });
});
