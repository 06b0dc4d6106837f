import { BentoError } from "@bento/core";
import type { RemoteContent } from "../remote.js";

/** Content that is watched: what goes wrong with it is nothing that another try at the remote would help. */
export class CheckedContent implements RemoteContent {
  readonly size: number | undefined;
  readonly #content: RemoteContent;
  readonly #place: string;
  /** How many bytes were taken in the try that came furthest. */
  furthest = 0;
  #failure: { readonly error: unknown } | undefined;

  /** @param place for messages */
  constructor(content: RemoteContent, place: string) {
    this.size = content.size;
    this.#content = content;
    this.#place = place;
  }

  /** Whether it was the content that threw this. */
  threw(error: unknown): boolean {
    return this.#failure !== undefined && this.#failure.error === error;
  }

  /** @throws BENTO_TRANSFER_FAILED when there are not as many bytes as was said; what the content throws */
  async *stream(start: number): AsyncGenerator<Uint8Array, void> {
    let position = start;
    try {
      for await (const chunk of this.#content.stream(start)) {
        position += chunk.length;
        if (position > (this.size ?? position)) throw this.#otherSize("more");
        yield chunk;
        this.furthest = Math.max(this.furthest, position);
      }
      if (position < (this.size ?? position)) throw this.#otherSize(String(position));
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  #otherSize(count: string): BentoError {
    const message = `Cannot write ${JSON.stringify(this.#place)}: its content had ${this.size} bytes, and now has ${count}.`;
    return new BentoError("BENTO_TRANSFER_FAILED", message, { hint: "Write it again when nobody changes it." });
  }
}
