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

/** Collects the pieces of a body and refuses it as soon as it is too large. */
export class BodyCollector {
  readonly #maxBytes: number;
  readonly #pieces: Uint8Array[] = [];
  #size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes the next piece; `false` when the body has become too large. */
  add(piece: Uint8Array): boolean {
    this.#size += piece.byteLength;
    if (this.#size > this.#maxBytes) return false;
    this.#pieces.push(piece);
    return true;
  }

  /** All pieces as one, without a copy when there is only one. */
  take(): Uint8Array {
    const [first] = this.#pieces;
    if (this.#pieces.length === 1 && first) return first;
    const whole = new Uint8Array(this.#size);
    let offset = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, offset);
      offset += piece.byteLength;
    }
    return whole;
  }
}
