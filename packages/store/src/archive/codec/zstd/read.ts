import { checkSignal } from "../../../store/cancellation.js";
import { runInThread } from "../../../threads/thread-pool.js";
import { mapInOrder } from "../blocks.js";
import { ChunkReader } from "../chunk-reader.js";
import type { DecompressOptions } from "../codec.js";
import { damaged } from "../damage.js";
import { blocksAtOnce } from "../parallelism.js";
import { type FrameHeader, blocksOfFrame, nextFrame } from "./frame.js";
import { FrameStream } from "./frame-stream.js";

/** A frame with no more content than this is decompressed as a whole in a thread. Bytes. */
const largestWhole = 8 * 1024 * 1024;
/** Pieces that a whole frame is gathered from: blocks of 1 KiB, the smallest window, and their headers, where no two come together. What is gathered takes some hundred bytes each. */
const mostPieces = 2 * 8192;
/** Such a frame before and after, here and in the thread. Bytes. */
const memoryEach = 4 * largestWhole;

/** Frames with no more content than this go to a thread together, as sending one takes longer than decompressing it. Bytes. */
const smallFrame = 16 * 1024;
/** How many small frames go together: 4 MiB of content. */
const mostTogether = 256;

/** Frames that are still to be decompressed, or bytes that already are. */
type Part = { readonly frames: readonly Uint8Array[] } | { readonly bytes: Uint8Array };

/** zstd frames, one after the other: small ones in parallel in the threads, others block by block. */
export async function* readZstd(
  input: AsyncIterable<Uint8Array>,
  { maxMemory, signal }: DecompressOptions,
): AsyncGenerator<Uint8Array, void> {
  const reader = new ChunkReader(input);
  try {
    for await (const bytes of mapInOrder(partsOf(reader), blocksAtOnce(maxMemory, memoryEach), decompressed)) {
      checkSignal(signal, "Decompressing");
      if (bytes.length > 0) yield bytes;
    }
  } finally {
    await reader.close();
  }
}

async function* partsOf(reader: ChunkReader): AsyncGenerator<Part, void> {
  const stream = new FrameStream();
  const small: Uint8Array[] = [];
  for (let header = await nextFrame(reader, true); header !== undefined; header = await nextFrame(reader, false)) {
    const frame = await wholeFrame(reader, header);
    const isSmall = frame !== undefined && frame.length <= smallFrame && (header.contentSize as number) <= smallFrame;
    if (isSmall && small.push(frame) < mostTogether) continue;
    if (small.length > 0) yield { frames: small.splice(0) };
    if (isSmall) continue;
    if (frame !== undefined) yield { frames: [frame] };
    else for await (const bytes of stream.decompress(header, blocksOfFrame(reader, header))) yield { bytes };
  }
  if (small.length > 0) yield { frames: small };
}

/** All of a small frame; `undefined` for others, whose blocks are then still in the reader. */
async function wholeFrame(reader: ChunkReader, header: FrameHeader): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (header.contentSize === undefined || header.contentSize > largestWhole) return undefined;
  const pieces = [header.bytes];
  let left = largestWhole + largestWhole / 8;
  for await (const piece of blocksOfFrame(reader, header)) {
    pieces.push(piece);
    left -= piece.length;
    // Blocks without content, say: nothing forbids them.
    if (left < 0 || pieces.length > mostPieces) {
      for (const read of pieces.slice(1).toReversed()) reader.giveBack(read);
      return undefined;
    }
  }
  return joined(pieces);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

async function decompressed(part: Part): Promise<Uint8Array> {
  if ("bytes" in part) return part.bytes;
  const joint = joined(part.frames);
  const sizes = part.frames.map(({ length }) => length);
  const bytes = await runInThread<Uint8Array | undefined>("zstd-decompress", { frames: joint, sizes }, [joint.buffer]);
  if (bytes === undefined) throw damaged("A frame of the zstd data is damaged.");
  return bytes;
}
