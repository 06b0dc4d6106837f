import { expect, test, vi } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { createApp } from "../dist/index.js";
import { json } from "./doors.js";
import { Pooled } from "./fixtures/pool-service.mjs";
import { workersOf } from "./processes.js";

// Every test waits for processes to start.
vi.setConfig({ testTimeout: 60_000 });

const entry = new URL("fixtures/pool-service.mjs", import.meta.url);
/** Calls that the busy worker works on. */
const held = 20;

/** Two workers: one that nothing was given to yet, and does not run at the moment; and one with many calls. */
async function lopsided() {
  const app = await createApp(Pooled, { workers: 2, mode: "pool", entry, execArgv: [], hangTimeoutMs: 15_000 });
  const call = async (name: string, input: object, signal: AbortSignal) => app.request(`/${name}`, { ...json(input), signal });
  /** The process that answers a call; `undefined` when none does in time. */
  const answering = async (withinMs = 200): Promise<number | undefined> => {
    try {
      const { pid } = (await (await call("where", {}, AbortSignal.timeout(withinMs))).json()) as { readonly pid: number };
      return pid;
    } catch {
      return undefined;
    }
  };
  const holding = new AbortController();
  const calls = Array.from({ length: 2 * held }, () => call("hold", { ms: 19_000 }, holding.signal).catch(() => undefined));
  const [killed, busy] = workersOf() as [number, number];
  const count = async () => (await call("holding", {}, AbortSignal.timeout(5000))).json();
  // Whichever of the two is asked.
  await expect.poll(count, { timeout: 10_000 }).toBe(held);
  await expect.poll(count, { timeout: 10_000 }).toBe(held);
  process.kill(killed, "SIGKILL");
  await expect.poll(async () => [undefined, killed, busy].includes(await answering()), { timeout: 15_000 }).toBe(false);
  const idle = workersOf().find((pid) => pid !== busy) as number;
  process.kill(idle, "SIGSTOP");
  return {
    answering,
    busy,
    idle,
    [Symbol.asyncDispose]: async () => {
      process.kill(idle, "SIGCONT");
      holding.abort();
      await Promise.all(calls);
      await app.close();
    },
  };
}

test("a worker that gives no sign of life gets calls only where there is no other, however little it has to do", async () => {
  await using service = await lopsided();
  // As long as nobody can know, it has the fewest calls.
  expect(await service.answering()).toBeUndefined();
  await expect.poll(() => service.answering(), { timeout: 10_000 }).toBe(service.busy);
  // Where it gets none, there is always an answer.
  expect(await service.answering(10_000)).toBe(service.busy);
  process.kill(service.idle, "SIGCONT");
  await expect.poll(() => service.answering(), { timeout: 10_000 }).toBe(service.idle);
});
