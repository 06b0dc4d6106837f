import { open } from "node:fs/promises";
import { expect, test } from "vitest";
import { errorOf } from "../../test/model-store-contract.js";
import { transferFailure } from "./transfer-failure.js";
import { writeChunks } from "./write-chunks.js";

test("a full disk is said, and the stream is closed", async () => {
  const file = await open("/dev/full", "w");
  let closed = false;
  async function* content(): AsyncGenerator<Uint8Array, void> {
    try {
      for (;;) yield new Uint8Array(500_000);
    } finally {
      closed = true;
    }
  }
  const failure = (error: unknown): unknown => transferFailure(error, "write", "/d/f");
  const error = await errorOf(writeChunks(file, content(), { failure, signal: new AbortController().signal, doing: "Writing" }));
  await file.close();
  expect(error).toMatchObject({ code: "BENTO_TRANSFER_FAILED", message: 'Cannot write "/d/f": the disk is full (ENOSPC).' });
  expect(closed).toBe(true);
});
