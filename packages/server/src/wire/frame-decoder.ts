import {
  type Frame,
  type FrameKind,
  frameKinds,
  lengthBytes,
  maxHeadBytes,
  maxPieceBytes,
  moreBit,
  preambleBytes,
  wireInvalid,
} from "./frame.js";

const lastKind = Math.max(...Object.values(frameKinds));
const nothing = new Uint8Array(0);

/**
 * Cuts a stream of bytes into frames.
 *
 * A frame that is whole within a chunk is a view of it. One that came in parts is put together in memory of just its
 * size, so each byte is copied once at most, and never more is kept than one frame holds, however small the parts are.
 */
export class FrameDecoder {
  readonly #preamble = Buffer.allocUnsafeSlow(preambleBytes);
  /** The unfinished frame, once its size is known. */
  #frame: Buffer | undefined;
  /** How much of it is there. */
  #filled = 0;

  /** Whether the stream may end here. */
  get isBetweenFrames(): boolean {
    return this.#filled === 0;
  }

  /**
   * Takes in a chunk and passes on every frame that is complete with it.
   * @param take gets the frames; after it has thrown, as after any other error, the decoder is of no use any more
   * @throws BENTO_WIRE_INVALID for what is no frame
   */
  decode(chunk: Buffer, take: (frame: Frame) => void): void {
    let at = this.#filled === 0 ? 0 : this.#finish(chunk, take);
    for (;;) {
      const left = chunk.length - at;
      if (left < preambleBytes) break;
      const size = checkedSize(chunk, at);
      if (left < size) break;
      take(frameAt(chunk, at, size));
      at += size;
    }
    if (at < chunk.length) this.#keep(chunk, at);
  }

  /** Goes on with the unfinished frame; gives where the next one begins. */
  #finish(chunk: Buffer, take: (frame: Frame) => void): number {
    let at = 0;
    if (this.#frame === undefined) {
      at = this.#fill(this.#preamble, chunk, 0);
      if (this.#filled < preambleBytes) return at;
      this.#frame = this.#begin(this.#preamble, checkedSize(this.#preamble, 0));
    }
    const frame = this.#frame;
    at = this.#fill(frame, chunk, at);
    if (this.#filled === frame.length) {
      this.#frame = undefined;
      this.#filled = 0;
      take(frameAt(frame, 0, frame.length));
    }
    return at;
  }

  #keep(chunk: Buffer, at: number): void {
    const start = chunk.subarray(at);
    const target = start.length < preambleBytes ? this.#preamble : (this.#frame = Buffer.allocUnsafeSlow(checkedSize(start, 0)));
    this.#fill(target, start, 0);
  }

  #begin(preamble: Buffer, size: number): Buffer {
    const frame = Buffer.allocUnsafeSlow(size);
    frame.set(preamble);
    return frame;
  }

  /** Copies what the target still needs; gives where the rest begins. */
  #fill(target: Buffer, chunk: Buffer, at: number): number {
    const count = chunk.copy(target, this.#filled, at, at + target.length - this.#filled);
    this.#filled += count;
    return at + count;
  }
}

/** The size of the frame that starts here, with its preamble. */
function checkedSize(buffer: Buffer, at: number): number {
  const length = buffer.readUInt32LE(at);
  const kind = (buffer[at + 4] as number) & ~moreBit;
  const headBytes = buffer.readUInt32LE(at + 9);
  const byteCount = length + lengthBytes - preambleBytes - headBytes;
  if (kind < 1 || kind > lastKind) throw wireInvalid(`a frame of the unknown kind ${kind}`);
  if (headBytes > maxHeadBytes) throw wireInvalid(`a head of ${headBytes} bytes`);
  if (byteCount < 0 || byteCount > maxPieceBytes) throw wireInvalid(`a frame that says it holds ${byteCount} bytes`);
  return length + lengthBytes;
}

function frameAt(buffer: Buffer, at: number, size: number): Frame {
  const kind = buffer[at + 4] as number;
  const headStart = at + preambleBytes;
  const headEnd = headStart + buffer.readUInt32LE(at + 9);
  const end = at + size;
  return {
    kind: (kind & ~moreBit) as FrameKind,
    more: (kind & moreBit) !== 0,
    call: buffer.readUInt32LE(at + 5),
    head: headEnd === headStart ? "" : buffer.toString("utf8", headStart, headEnd),
    bytes: end === headEnd ? nothing : buffer.subarray(headEnd, end),
  };
}
