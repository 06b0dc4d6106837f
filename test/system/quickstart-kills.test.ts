import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import { type Question, startTraffic } from "../../bench/reliability/traffic.mjs";
import { buildPackages } from "../support/workspace.js";
import { quickstart, serveDigits } from "./support/served-digits.js";
import { temporaryHome } from "./support/temporary-home.js";
import { isAlive } from "./support/exclusively.js";

const kills = 15;
const betweenKillsMs = 1000;

/** Images that the model has never seen, with the answers that ONNX Runtime gave in Python. */
const rows = readFileSync(`${quickstart}assets/test-rows.jsonl`, "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as { readonly input: readonly number[]; readonly label: number });

/** One to three images, others each time: an answer that belongs to another call is a wrong one. */
function questionOf(n: number): Question {
  const images = Array.from({ length: 1 + (n % 3) }, (_, i) => rows[(n * 7 + i) % rows.length] as (typeof rows)[number]);
  return { path: "/classify", input: { images: images.map(({ input }) => input) }, answer: images.map(({ label }) => label) };
}

beforeAll(buildPackages, 120_000);

test.each(["pool", "shared-port"] as const)(
  "the quickstart's workers are killed under load, and every answer is right: %s",
  async (mode) => {
    await using home = await temporaryHome();
    await using server = await serveDigits(mode, home.path);
    let onAnswer: () => void = () => undefined;
    // On a shared port a new worker gets new connections only.
    const traffic = startTraffic(server.url, { connections: 8, callsPerConnection: 20, questionOf, onAnswer: () => onAnswer() });
    const seenWorkers = [...server.workers()];
    const gaps: number[] = [];
    for (let kill = 0; kill < kills; kill++) {
      const earliest = pause(betweenKillsMs);
      const workers = server.workers();
      const victim = workers[Math.floor(Math.random() * workers.length)] as number;
      const killedAt = performance.now();
      const answered = new Promise<void>((resolve) => (onAnswer = resolve));
      process.kill(victim, "SIGKILL");
      await answered;
      gaps.push(performance.now() - killedAt);
      seenWorkers.push(await server.newcomer(seenWorkers));
      await earliest;
    }
    const { right, wrong, died, refused, lost, other } = await traffic.stop();
    process.stdout.write(
      `${mode}: ${kills} workers killed, ${right} right answers, ${wrong} wrong ones; ${died} calls failed with BENTO_WORKER_DIED, ` +
        `${lost + refused} with their connection; from a kill to the next right answer ${gaps.map((gap) => gap.toFixed(0)).join(", ")} ms\n`,
    );
    expect({ wrong, other }).toEqual({ wrong: 0, other: [] });
    expect(right).toBeGreaterThan(kills * 100);
    expect(Math.max(...gaps)).toBeLessThan(1000);
    if (mode === "pool") {
      // The server itself holds the connections, so that each call that a dead worker had gets an answer that says so.
      expect(lost + refused).toBe(0);
    } else {
      // A worker's connections break with it, whatever they carried.
      expect(died).toBe(0);
    }
    // Each connection carries one call at a time, and a kill fails no other.
    expect(died + lost + refused).toBeLessThanOrEqual(kills * 8);
    expect(await server.end()).toBe(0);
    expect(seenWorkers.filter(isAlive)).toEqual([]);
  },
);
