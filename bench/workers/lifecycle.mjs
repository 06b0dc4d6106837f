import { median } from "../report.mjs";
import { withServer } from "./program.mjs";

/** How long two workers take to start and to come back. @param {string} mode @param {number} rounds */
export async function measureLifecycle(mode, rounds) {
  const starts = [];
  const restarts = [];
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    await withServer("bento.mjs", [JSON.stringify({ workers: 2, mode })], async (port) => {
      await who(port);
      starts.push(performance.now() - began);
      const before = await bothOf(port);
      const killedAt = performance.now();
      process.kill(before[0], "SIGKILL");
      while ((await bothOf(port)).includes(before[0]));
      restarts.push(performance.now() - killedAt);
    });
  }
  return { mode, start: median(starts), restart: median(restarts) };
}

/** The process that answers; asked on a connection of its own. */
async function who(port) {
  const init = { method: "POST", body: "{}", headers: { "content-type": "application/json", connection: "close" } };
  // What is given to a worker that is dying is broken off.
  const response = await fetch(`http://127.0.0.1:${port}/who`, init).catch(() => undefined);
  return response?.status === 200 ? Number(await response.text()) : undefined;
}

/** Two workers, once both of them answer. */
async function bothOf(port) {
  const seen = new Set();
  for (let call = 0; seen.size < 2; call++) {
    const pid = await who(port);
    if (pid !== undefined) seen.add(pid);
    if (call % 8 === 7 && seen.size < 2) seen.clear();
  }
  return [...seen];
}
