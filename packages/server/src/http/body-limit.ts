import { BentoError } from "@bento/core";

/** Bytes of a request's body that are accepted unless `maxBodyBytes` says otherwise: 100 MiB. */
export const defaultMaxBodyBytes = 100 * 1024 * 1024;

/** The error for a body that was announced, or turned out, to be larger than allowed. */
export function bodyTooLarge(maxBytes: number): BentoError<"BENTO_PAYLOAD_TOO_LARGE"> {
  return new BentoError("BENTO_PAYLOAD_TOO_LARGE", `The request body is larger than the ${maxBytes} bytes that this server accepts.`, {
    hint: "Send less at once, or start the server with a larger maxBodyBytes.",
  });
}

/** The error for a caller that went away in the middle. */
export function callerGone(): BentoError<"BENTO_CANCELLED"> {
  return new BentoError("BENTO_CANCELLED", "The caller went away before the answer.");
}

/** @throws BENTO_PAYLOAD_TOO_LARGE when the header `content-length` announces too much, before a byte of it is read */
export function checkAnnouncedLength(contentLength: string | undefined, maxBytes: number): void {
  if (contentLength !== undefined && Number(contentLength) > maxBytes) throw bodyTooLarge(maxBytes);
}

/**
 * Collects the pieces of a body and refuses it as soon as it is too large.
 *
 * Most bodies are one piece, which is kept without a copy. More are copied together as they come: a body of a million
 * tiny pieces must not cost a million objects.
 */
export class BodyCollector {
  readonly #maxBytes: number;
  #bytes: Uint8Array = new Uint8Array();
  #size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes the next piece; `false` when the body has become too large. */
  add(piece: Uint8Array): boolean {
    const size = this.#size + piece.byteLength;
    if (size > this.#maxBytes) return false;
    if (this.#size === 0) this.#bytes = piece;
    else {
      if (size > this.#bytes.byteLength) this.#grow(size);
      this.#bytes.set(piece, this.#size);
    }
    this.#size = size;
    return true;
  }

  /** The whole body. */
  take(): Uint8Array {
    return this.#size === this.#bytes.byteLength ? this.#bytes : this.#bytes.subarray(0, this.#size);
  }

  #grow(size: number): void {
    const larger = new Uint8Array(Math.min(2 * size, Math.max(size, this.#maxBytes)));
    larger.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = larger;
  }
}
