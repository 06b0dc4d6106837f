import { pipeline } from "node:stream";

import { BentoError } from "@bento/core";

import { decompressionError, openDecompressor } from "../bodies/decompressor.js";
import type { Incoming } from "../http/incoming.js";
import { IncomingPieces } from "./incoming-pieces.js";
import type { InputBody } from "./input-body.js";
import type { InputPlan } from "./input-plan.js";

/** One body that the method reads while it comes: taken at once, and read no faster than the method does. */
export class IncomingInput {
  readonly #plan: InputPlan;
  readonly #incoming: Incoming;
  readonly #maxLineBytes: number;
  // A reader that leaves leaves the rest where it is: what becomes of that depends on the answer.
  readonly #pieces = new IncomingPieces(() => this.#incoming.abandonBody());

  constructor(plan: InputPlan, incoming: Incoming, maxLineBytes: number) {
    this.#plan = plan;
    this.#incoming = incoming;
    this.#maxLineBytes = maxLineBytes;
  }

  /** Begins to read it. */
  begin(): InputBody {
    const { items, encoding } = this.#plan;
    const decompressor = encoding && openDecompressor(encoding);
    if (encoding !== undefined && decompressor !== undefined) {
      decompressor.on("error", (error) => this.#pieces.destroy(decompressionError(encoding, error)));
      pipeline(decompressor, this.#pieces, () => undefined);
    }
    // The whole stream may be larger than anything; what is kept of it is not.
    this.#incoming.pipeBody(decompressor ?? this.#pieces, Number.POSITIVE_INFINITY, (outcome) => {
      if (outcome instanceof Error) this.#pieces.destroy(outcome);
      // Somebody has read it before, and undone its encoding.
      else if ("bytes" in outcome) this.#pieces.end(outcome.bytes);
      else if ("value" in outcome && typeof outcome.value === "string") this.#pieces.end(outcome.value);
      else this.#pieces.destroy(parsedBefore());
    });
    return { items, maxLineBytes: this.#maxLineBytes, pieces: this.#pieces };
  }

  /** Reads no more: whoever still does is told why. */
  leave(reason: Error = callOver()): void {
    this.#pieces.destroy(reason);
  }
}

function callOver(): BentoError {
  return new BentoError("BENTO_CANCELLED", "The call is over, and its input with it.");
}

function parsedBefore(): BentoError {
  return new BentoError("BENTO_INTERNAL", "A parser has read the request's body as a whole, which was to be read while it comes.", {
    hint: "Mount the service before what reads bodies.",
  });
}
