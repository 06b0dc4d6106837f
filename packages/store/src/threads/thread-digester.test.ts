import { createHash, randomBytes } from "node:crypto";
import { Worker } from "node:worker_threads";
import { BentoError } from "@bento/core";
import { expect, test, vi } from "vitest";
import { ThreadDigester } from "./thread-digester.js";

function sha256(...chunks: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}

test("streams side by side, in chunks of any size, each with its own digest", async () => {
  const sizes = [0, 1, 1000, 1024 * 1024, 3_000_000, 20_000_000];
  await Promise.all(
    sizes.map(async (size) => {
      const chunks = [randomBytes(size), randomBytes(7), new Uint8Array()];
      using digester = new ThreadDigester();
      for (const chunk of chunks) {
        const given = Uint8Array.from(chunk);
        await digester.update(given);
        given.fill(0);
      }
      expect(await digester.result()).toEqual({ size: size + 7, sha256: sha256(...chunks) });
    }),
  );
});

test("nothing at all, and what is given up, disturb nobody", async () => {
  using empty = new ThreadDigester();
  const given = new ThreadDigester();
  await given.update(randomBytes(5_000_000));
  given[Symbol.dispose]();
  expect(await empty.result()).toEqual({ size: 0, sha256: sha256() });
});

test("a thread that ends fails every stream, and the next one gets another", async () => {
  const post = vi.spyOn(Worker.prototype, "postMessage");
  using given = new ThreadDigester();
  await given.update(randomBytes(10));
  const worker = post.mock.contexts[0] as Worker;
  post.mockRestore();
  const result = given.result().catch((error: unknown) => error);
  worker.emit("messageerror", new Error("cannot be read"));
  const error = await result;
  expect(BentoError.is(error, "BENTO_INTERNAL")).toBe(true);
  expect(String(error)).toContain("cannot be read");
  using next = new ThreadDigester();
  expect(await next.result()).toEqual({ size: 0, sha256: sha256() });
});
