import { BentoError } from "@bento/core";
import { createHash } from "node:crypto";

/**
 * The chunks of a source as long as they can be the bytes that they should be: it fails before the chunk that would be
 * too much, and at the end where the bytes are fewer or others.
 * @throws BENTO_INTEGRITY_FAILED, BENTO_CANCELLED, and what the source throws
 */
export async function* verified(
  source: AsyncIterable<Uint8Array>,
  { sha256, size, signal }: { readonly sha256: string; readonly size: number; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<Uint8Array, void> {
  const hash = createHash("sha256");
  let received = 0;
  for await (const chunk of source) {
    if (signal?.aborted === true) throw cancelled(signal);
    received += chunk.length;
    if (received > size) throw failed(sha256, `more than the ${size} bytes that were announced came`);
    hash.update(chunk);
    yield chunk;
  }
  if (signal?.aborted === true) throw cancelled(signal);
  if (received < size) throw failed(sha256, `${received} of the ${size} bytes that were announced came`);
  const digest = hash.digest("hex");
  if (digest !== sha256) throw failed(sha256, `the SHA-256 of what came is ${digest}`);
}

function cancelled(signal: AbortSignal): BentoError {
  if (BentoError.is(signal.reason)) return signal.reason;
  return new BentoError("BENTO_CANCELLED", "Taking in a part was cancelled by its sender.", { cause: signal.reason });
}

function failed(sha256: string, why: string): BentoError {
  return new BentoError("BENTO_INTEGRITY_FAILED", `The part ${sha256} was not taken in: ${why}.`, {
    hint: "Send it again: it was cut off or changed on its way, or its file changed while it was read.",
  });
}
