import { Agent, request } from "node:http";

/**
 * Asks over and over on many kept-alive connections, and looks at every answer.
 * @param {string} url
 * @param {{ connections?: number, onAnswer?: () => void }} options
 */
export function startTraffic(url, { connections = 16, onAnswer = () => undefined } = {}) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const seen = { right: 0, wrong: 0, died: 0, refused: 0, lost: 0, other: [] };
  const over = new AbortController();
  let next = 0;
  const loops = Array.from({ length: connections }, async () => {
    while (!over.signal.aborted) {
      next += 1;
      const n = next;
      const outcome = await ask(agent, url, n);
      if (outcome.text === String(n * n)) {
        seen.right += 1;
        onAnswer();
      } else if (outcome.status === 200) seen.wrong += 1;
      else if (outcome.text?.includes("BENTO_WORKER_DIED")) seen.died += 1;
      else if (outcome.code === "ECONNREFUSED" || outcome.isBeforeSending) seen.refused += 1;
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
function ask(agent, url, n) {
  return new Promise((resolve) => {
    const body = JSON.stringify({ n });
    const sent = request(`${url}/square`, {
      agent,
      method: "POST",
      headers: { "content-type": "application/json", "content-length": body.length },
    });
    sent.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece) => (text += piece));
      response.on("end", () => resolve({ status: response.statusCode, text }));
      response.on("error", ({ code }) => resolve({ code }));
    });
    // A connection that is closed while it lies idle takes the next request with it: nobody has accepted that.
    sent.on("error", ({ code }) => resolve({ code, isBeforeSending: sent.reusedSocket || sent.socket?.connecting === true }));
    sent.end(body);
  });
}
