import { BentoError } from "@bento/core";
import { createHash } from "node:crypto";

/** What bytes should be. */
export interface Announced {
  readonly sha256: string;
  readonly size: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The chunks of a source as long as they can be the bytes that they should be: it fails before the chunk that would be
 * too much, and at the end where the bytes are fewer or others.
 * @throws BENTO_INTEGRITY_FAILED, BENTO_CANCELLED, and what the source throws
 */
export async function* verified(source: AsyncIterable<Uint8Array>, announced: Announced): AsyncGenerator<Uint8Array, void> {
  const hash = createHash("sha256");
  for await (const chunk of counted(source, announced)) {
    hash.update(chunk);
    yield chunk;
  }
  checkSha256(hash.digest("hex"), announced);
}

/** The same as far as their number goes; whoever reads them looks at their digest. */
export async function* counted(source: AsyncIterable<Uint8Array>, { sha256, size, signal }: Announced): AsyncGenerator<Uint8Array, void> {
  let received = 0;
  for await (const chunk of source) {
    if (signal?.aborted === true) throw cancelled(signal);
    received += chunk.length;
    if (received > size) throw failed(sha256, `more than the ${size} bytes that were announced came`);
    yield chunk;
  }
  if (signal?.aborted === true) throw cancelled(signal);
  if (received < size) throw failed(sha256, `${received} of the ${size} bytes that were announced came`);
}

/** @throws BENTO_INTEGRITY_FAILED when the digest of what came is another one */
export function checkSha256(digest: string, { sha256 }: Pick<Announced, "sha256">): void {
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
