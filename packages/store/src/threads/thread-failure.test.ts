import { BentoError } from "@bento/core";
import { expect, test } from "vitest";
import { threadFailure } from "./thread-failure.js";

test("whatever ends a thread becomes an error of ours, which keeps it and says what to do", () => {
  const full = Object.assign(new Error("Worker terminated due to reaching memory limit"), { code: "ERR_WORKER_OUT_OF_MEMORY" });
  expect(threadFailure("deflate", full)).toMatchObject({
    code: "BENTO_INTERNAL",
    cause: full,
    hint: expect.stringContaining("maxMemory") as string,
  });
  for (const cause of [new Error("x"), "x", undefined, null, { code: 5 }]) {
    const error = threadFailure("deflate", cause);
    expect(error).toMatchObject({ code: "BENTO_INTERNAL", cause });
    expect(error.message).toContain('"deflate"');
  }
  const own = new BentoError("BENTO_CANCELLED", "x");
  expect(threadFailure("deflate", own)).toBe(own);
});
