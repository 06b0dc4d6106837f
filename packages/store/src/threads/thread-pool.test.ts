import { createHash, randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import { expect, test } from "vitest";
import { runInThread } from "./thread-pool.js";

test("work comes back in whatever order it ends, each with its own result", async () => {
  const inputs = Array.from({ length: 20 }, () => randomBytes(1000));
  const digests = await Promise.all(inputs.map((input) => runInThread<string>("sha256", input)));
  expect(digests).toEqual(inputs.map((input) => createHash("sha256").update(input).digest("hex")));
});

test("what a task throws is thrown here, and the threads go on", async () => {
  await expect(runInThread("sha256", 5)).rejects.toThrow(TypeError);
  await expect(runInThread("no-such-task", 5)).rejects.toThrow(/no-such-task/);
  await expect(runInThread("sha256", new Uint8Array())).resolves.toMatch(/^e3b0c442/);
});

test("what cannot be sent to a thread fails alone, however often", async () => {
  const unsent = Array.from({ length: availableParallelism() + 1 }, () => runInThread("sha256", () => {}).catch((error: unknown) => error));
  expect((await Promise.all(unsent)).map((error) => (error as Error).name)).toEqual(unsent.map(() => "DataCloneError"));
  await expect(runInThread("sha256", new Uint8Array())).resolves.toMatch(/^e3b0c442/);
});
