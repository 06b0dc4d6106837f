import { createHash, randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { BentoError } from "@bento/core";
import { expect, test, vi } from "vitest";
import { runHere, runInThread } from "./thread-pool.js";

async function failureOf(work: Promise<unknown>): Promise<BentoError> {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  if (BentoError.is(error, "BENTO_INTERNAL")) return error;
  throw new Error("no BentoError was thrown", { cause: error });
}

test("work comes back in whatever order it ends, each with its own result", async () => {
  const inputs = Array.from({ length: 20 }, () => randomBytes(1000));
  const digests = await Promise.all(inputs.map((input) => runInThread<string>("sha256", input)));
  expect(digests).toEqual(inputs.map((input) => createHash("sha256").update(input).digest("hex")));
});

test("what a task throws is thrown here, and the threads go on", async () => {
  expect((await failureOf(runInThread("sha256", 5))).cause).toBeInstanceOf(TypeError);
  expect((await failureOf(runHere("sha256", 5))).cause).toBeInstanceOf(TypeError);
  for (const run of [runInThread, runHere])
    expect((await failureOf(run("no-such-task", 5))).message).toMatch(/"no-such-task" failed: .*no-such-task/);
  await expect(runInThread("sha256", new Uint8Array())).resolves.toMatch(/^e3b0c442/);
});

test("what cannot be sent to a thread fails alone, however often", async () => {
  const unsent = Array.from({ length: availableParallelism() + 1 }, () => failureOf(runInThread("sha256", () => {})));
  expect((await Promise.all(unsent)).map(({ cause }) => (cause as Error).name)).toEqual(unsent.map(() => "DataCloneError"));
  await expect(runInThread("sha256", new Uint8Array())).resolves.toMatch(/^e3b0c442/);
});

test.each(["ends its thread", "throws behind its thread's back"])("a task that %s fails, and others go on", async (what) => {
  const { message, cause } = await failureOf(runInThread("../../../test/support/fatal-task", what));
  expect(message).toContain("fatal-task");
  expect(cause).toBeInstanceOf(Error);
  await expect(runInThread("sha256", new Uint8Array())).resolves.toMatch(/^e3b0c442/);
});

test("an answer that cannot be read ends the wait for it", async () => {
  const workers: Worker[] = [];
  const post = vi.spyOn(Worker.prototype, "postMessage").mockImplementation(function (this: Worker) {
    workers.push(this);
  });
  const running = failureOf(runInThread("sha256", new Uint8Array()));
  post.mockRestore();
  for (const worker of workers) worker.emit("messageerror", new Error("cannot be read"));
  expect((await running).message).toContain("cannot be read");
  await expect(runInThread("sha256", new Uint8Array())).resolves.toMatch(/^e3b0c442/);
});
