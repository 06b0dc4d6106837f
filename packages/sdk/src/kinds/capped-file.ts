import { BentoError, BentoFile, type FileContent } from "@bento/core";

/** A file whose size nobody knows before it is read: reading it fails as soon as it is larger than it may be. */
export function capFile(file: BentoFile, maxBytes: number): BentoFile {
  return new BentoFile(new CappedContent(file, maxBytes), { name: file.name, type: file.type });
}

class CappedContent implements FileContent {
  readonly size = undefined;
  readonly #file: BentoFile;
  readonly #maxBytes: number;

  constructor(file: BentoFile, maxBytes: number) {
    this.#file = file;
    this.#maxBytes = maxBytes;
  }

  get path(): string | undefined {
    return this.#file.path;
  }

  stream(): ReadableStream<Uint8Array> {
    let left = this.#maxBytes;
    return this.#file.stream().pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller) => {
          left -= chunk.byteLength;
          if (left < 0) throw tooLarge(this.#maxBytes);
          controller.enqueue(chunk);
        },
      }),
    );
  }

  range(start: number, end: number): Promise<Uint8Array> {
    return this.#file.range(start, end);
  }
}

function tooLarge(maxBytes: number): BentoError {
  return new BentoError("BENTO_PAYLOAD_TOO_LARGE", `The file is larger than the ${maxBytes} bytes that it may have.`, {
    hint: "Send a smaller file.",
  });
}
