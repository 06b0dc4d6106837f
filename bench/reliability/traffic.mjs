import { Agent, request } from "node:http";

/** What is asked as the n-th, and its right answer: the bench's own service squares numbers. */
const square = (n) => ({ path: "/square", input: { n }, answer: n * n });

/**
 * Asks over and over on many kept-alive connections, and looks at every answer.
 * @type {typeof import("./traffic.mjs").startTraffic}
 */
export function startTraffic(
  url,
  { connections = 16, callsPerConnection = Infinity, questionOf = square, onAnswer = () => undefined } = {},
) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const seen = { right: 0, wrong: 0, died: 0, refused: 0, lost: 0, other: [] };
  const over = new AbortController();
  let next = 0;
  const loops = Array.from({ length: connections }, async () => {
    while (!over.signal.aborted) {
      next += 1;
      const { path, input, answer } = questionOf(next);
      const outcome = await ask(agent, url + path, JSON.stringify(input), next % callsPerConnection === 0);
      if (outcome.status === 200 && outcome.text === JSON.stringify(answer)) {
        seen.right += 1;
        onAnswer();
      } else if (outcome.status === 200) seen.wrong += 1;
      else if (outcome.status === 503 && outcome.text.includes("BENTO_WORKER_DIED")) seen.died += 1;
      else if (outcome.isUnconnected) seen.refused += 1;
      else if (outcome.code !== undefined) seen.lost += 1;
      else seen.other.push(`${outcome.status} ${outcome.text}`.slice(0, 200));
      if (outcome.code !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    }
  });
  return {
    seen,
    stop: async () => {
      over.abort();
      await Promise.all(loops);
      agent.destroy();
      return seen;
    },
  };
}

/** One call; whatever happens is an outcome. */
function ask(agent, url, body, isLast) {
  return new Promise((resolve) => {
    const sent = request(url, {
      agent,
      method: "POST",
      headers: {
        "content-type": "application/json",
        "content-length": body.length,
        connection: isLast ? "close" : "keep-alive",
      },
    });
    sent.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece) => (text += piece));
      response.on("end", () => resolve({ status: response.statusCode, text }));
      response.on("error", ({ code }) => resolve({ code }));
    });
    let isUnconnected = !sent.reusedSocket;
    sent.on("socket", (socket) => {
      if (socket.connecting) socket.once("connect", () => (isUnconnected = false));
      else isUnconnected = false;
    });
    sent.on("error", ({ code }) => resolve({ code, isUnconnected }));
    sent.end(body);
  });
}
