import { expect, test } from "vitest";
import { type Progress, type ReportProgress, Transfer } from "./transfer.js";

/** Work that goes on when it is told to. */
function steered<T>(): { transfer: Transfer<T>; report: ReportProgress; end: (value: T) => void; fail: (error: Error) => void } {
  let report!: ReportProgress;
  let end!: (value: T) => void;
  let fail!: (error: Error) => void;
  const transfer = new Transfer<T>((given) => {
    report = given;
    return new Promise((resolve, reject) => {
      end = resolve;
      fail = reject;
    });
  });
  return { transfer, report, end, fail };
}

const at = (bytes: number): Progress => ({ phase: "transfer", bytes, total: 10 });

async function statesOf(transfer: Transfer<unknown>): Promise<Progress[]> {
  const states = [];
  for await (const state of transfer) states.push(state);
  return states;
}

test("is a promise of its result", async () => {
  await expect(new Transfer(async () => 7)).resolves.toBe(7);
  expect(await new Transfer(async () => 7)).toBe(7);
  expect(await new Transfer(async () => 7).then((value) => value + 1)).toBe(8);
  const failing = new Transfer(() => Promise.reject(new Error("no")));
  expect(await failing.catch((error: unknown) => (error as Error).message)).toBe("no");
  let ended = false;
  await failing.finally(() => (ended = true)).catch(() => {});
  expect(ended).toBe(true);
});

test("work that throws right away rejects", async () => {
  const transfer = new Transfer(() => {
    throw new Error("no");
  });
  await expect(transfer).rejects.toThrow("no");
});

test("whoever iterates sees the newest state, and always the last one", async () => {
  const { transfer, report, end } = steered<string>();
  const progress = transfer[Symbol.asyncIterator]();
  report(at(1));
  report(at(2));
  expect((await progress.next()).value).toEqual(at(2));
  const waiting = progress.next();
  report(at(3));
  expect((await waiting).value).toEqual(at(3));
  report(at(4));
  report({ phase: "finish", bytes: 10, total: 10 });
  end("done");
  await transfer;
  expect((await progress.next()).value).toEqual({ phase: "finish", bytes: 10, total: 10 });
  expect(await progress.next()).toEqual({ value: undefined, done: true });
});

test("several may iterate, also when the work is over", async () => {
  const { transfer, report, end } = steered<number>();
  const seen = Promise.all([statesOf(transfer), statesOf(transfer)]);
  report(at(1));
  await Promise.resolve();
  end(1);
  for (const states of await seen) expect(states).toEqual([at(1)]);
  expect(await statesOf(transfer)).toEqual([at(1)]);
  expect(await statesOf(new Transfer(async () => 1))).toEqual([]);
});

test("the iteration throws what the work throws", async () => {
  const { transfer, report, fail } = steered<number>();
  const iterating = (async () => {
    const seen = [];
    try {
      for await (const state of transfer) seen.push(state.bytes);
    } catch (error) {
      return { seen, message: (error as Error).message };
    }
    return { seen };
  })();
  report(at(5));
  fail(new Error("broken"));
  expect(await iterating).toEqual({ seen: [5], message: "broken" });
});

test("leaving the iteration does not stop the work, and states cannot be changed", async () => {
  const { transfer, report, end } = steered<string>();
  report(at(1));
  for await (const state of transfer) {
    expect(Object.isFrozen(state)).toBe(true);
    break;
  }
  report(at(2));
  end("whole");
  expect(await transfer).toBe("whole");
});
