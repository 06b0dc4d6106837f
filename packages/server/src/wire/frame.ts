import { BentoError } from "@bento/core";

/**
 * What two processes say to each other, one frame after the other on one stream of bytes:
 *
 * ```
 * u32 length of all that follows | u8 kind, its highest bit: more follows | u32 call | u32 length of the head | head | bytes
 * ```
 *
 * Numbers are little-endian. The head is text, mostly JSON; the bytes are passed on as they are. Frames of many calls
 * mix freely; those of one call keep their order.
 */
export const protocolVersion = 1;

/** What a frame means; the numbers go over the wire. */
export const frameKinds = {
  /** Caller: a call begins. Head: what is called; bytes: the body, or its beginning. */
  call: 1,
  /** More bytes of a body, in either direction. */
  data: 2,
  /** The answer begins. Head: status and headers; bytes: its body, or its beginning. */
  reply: 3,
  /** Instead of an answer, or in its middle: it fails. Head: the error. */
  fail: 4,
  /** Caller: the answer is not wanted any more. Head: why. */
  cancel: 5,
  /** So many bytes were taken out of the receiver's window. Head: the number. */
  credit: 6,
  /** Outside of any call. Head: what it is about, as JSON. */
  notice: 7,
  /** A failure that the answer goes on after, for the log. Head: the error. */
  note: 8,
} as const;

/** One of {@link frameKinds}. */
export type FrameKind = (typeof frameKinds)[keyof typeof frameKinds];

/** One frame. */
export interface Frame {
  readonly kind: FrameKind;
  /** Whether more `data` of the same body follows. */
  readonly more: boolean;
  /** The number of the call, chosen by the caller; 0 for notices. */
  readonly call: number;
  readonly head: string;
  /** A view of what was received; whoever keeps it for long copies it. */
  readonly bytes: Uint8Array;
}

/** Bytes of a frame before its head. */
export const preambleBytes = 13;
const afterLength = preambleBytes - 4;
/** Bytes of a head at most: far more than the headers of a request that `node:http` lets in. */
export const maxHeadBytes = 1 << 20;
/** Bytes that one frame carries at most besides its head; longer bodies are cut. */
export const maxPieceBytes = 1 << 18;

const lastKind = Math.max(...Object.values(frameKinds));
const moreBit = 0x80;
const nothing = new Uint8Array(0);

/** Writes the part of a frame that stands before its bytes. */
export function writeFrameHead(
  target: Buffer,
  at: number,
  frame: Pick<Frame, "kind" | "more" | "call" | "head">,
  byteCount: number,
): number {
  const headBytes = frame.head === "" ? 0 : target.write(frame.head, at + preambleBytes, "utf8");
  target.writeUInt32LE(afterLength + headBytes + byteCount, at);
  target[at + 4] = frame.more ? frame.kind | moreBit : frame.kind;
  target.writeUInt32LE(frame.call, at + 5);
  target.writeUInt32LE(headBytes, at + 9);
  return at + preambleBytes + headBytes;
}

/** Cuts a stream of bytes into frames. What it keeps of an unfinished frame is never more than one frame holds. */
export class FrameDecoder {
  #rest: Buffer[] = [];
  #restBytes = 0;
  /** How many bytes the unfinished frame needs before it is worth another look. */
  #needed = preambleBytes;

  /**
   * Takes in a chunk and gives every frame that is complete with it.
   * @throws BENTO_WIRE_INVALID for what is no frame, after which nothing more can be read
   */
  *frames(chunk: Buffer): Generator<Frame, void> {
    let buffer = chunk;
    if (this.#restBytes > 0) {
      this.#rest.push(chunk);
      this.#restBytes += chunk.length;
      if (this.#restBytes < this.#needed) return;
      buffer = Buffer.concat(this.#rest, this.#restBytes);
      this.#rest = [];
      this.#restBytes = 0;
    }
    let at = 0;
    for (;;) {
      const left = buffer.length - at;
      const size = left < preambleBytes ? preambleBytes : checkedSize(buffer, at);
      if (left < size) {
        this.#needed = size;
        if (left > 0) {
          this.#rest.push(buffer.subarray(at));
          this.#restBytes = left;
        }
        return;
      }
      yield frameAt(buffer, at, size);
      at += size;
    }
  }

  /** Whether the stream may end here. */
  get isBetweenFrames(): boolean {
    return this.#restBytes === 0;
  }
}

/** The size of the frame that starts here, with its preamble. */
function checkedSize(buffer: Buffer, at: number): number {
  const length = buffer.readUInt32LE(at);
  const kind = (buffer[at + 4] as number) & ~moreBit;
  const headBytes = buffer.readUInt32LE(at + 9);
  const byteCount = length - afterLength - headBytes;
  if (kind < 1 || kind > lastKind) throw wireInvalid(`a frame of the unknown kind ${kind}`);
  if (headBytes > maxHeadBytes) throw wireInvalid(`a head of ${headBytes} bytes`);
  if (byteCount < 0 || byteCount > maxPieceBytes) throw wireInvalid(`a frame that says it holds ${byteCount} bytes`);
  return length + 4;
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

/** What came over the wire is not what this protocol allows. */
export function wireInvalid(what: string): BentoError {
  return new BentoError("BENTO_WIRE_INVALID", `A worker's connection sent ${what}.`, {
    hint: "Something else than Bento wrote to the connection, or two versions of Bento are mixed.",
  });
}
