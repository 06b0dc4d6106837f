import { BentoError } from "@bento/core";
import { damaged } from "../damage.js";
import type { FrameHeader } from "./frame.js";

/** zstd's own streaming decoder. */
interface Decoder {
  data(bytes: Buffer, take: (bytes: Uint8Array) => void): void;
}

/**
 * Decompresses frames of any length with zstd's streaming decoder, which the library has in native form only. It works
 * here and not in a thread: some blocks take a millisecond or two, and the state of a frame stays in one place.
 */
export class FrameStream {
  #decoder: Decoder | undefined;

  /** @param pieces few blocks in each, as what comes out of a piece is held as a whole */
  async *decompress(header: FrameHeader, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    const decoder = (this.#decoder ??= await createDecoder());
    feed(decoder, header.bytes);
    for await (const piece of pieces) yield* feed(decoder, piece);
  }
}

function feed(decoder: Decoder, piece: Uint8Array): readonly Uint8Array[] {
  const results: Uint8Array[] = [];
  try {
    decoder.data(Buffer.from(piece.buffer, piece.byteOffset, piece.length), (bytes) => results.push(bytes));
  } catch (error) {
    throw damaged("A frame of the zstd data is damaged.", error);
  }
  return results;
}

async function createDecoder(): Promise<Decoder> {
  const library = await import("@cloudpss/zstd/napi").catch((error: unknown) => {
    throw new BentoError(
      "BENTO_ARCHIVE_INVALID",
      `A zstd frame of more than 8 MiB, or of unknown size, cannot be decompressed on ${process.platform}-${process.arch}.`,
      {
        hint: "Decompress the archive with `zstd -d` first.",
        cause: error,
      },
    );
  });
  // Not its stream class, which puts queues around these calls.
  return new library._NapiBindings.Decompressor();
}
