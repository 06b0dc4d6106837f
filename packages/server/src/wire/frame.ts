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
export const protocolVersion = 3;

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
  /** So much was taken out of the receiver's window, see `window.ts`. Head: the number. */
  credit: 6,
  /** Outside of any call. Head: what it is about, as JSON. */
  notice: 7,
  /** A failure that the answer goes on after, for the log. Head: the error. */
  note: 8,
  /** Caller: as `call`, but of a body that is read while it comes. */
  open: 9,
  /** Caller: the rest of such a body cannot be had. Head: the error. */
  broken: 10,
  /** Callee: such a body is still being read. */
  reading: 11,
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

/** What a frame says besides its bytes. */
export type FrameHead = Omit<Frame, "bytes">;

/** Bytes of a frame before its head. */
export const preambleBytes = 13;
/** Bytes of a frame that its length does not count: those of the length. */
export const lengthBytes = 4;
/** Bytes of a head at most: the description of a large service is one; headers of requests are far shorter. */
export const maxHeadBytes = 1 << 23;
/** Bytes that one frame carries at most besides its head; longer bodies are cut. */
export const maxPieceBytes = 1 << 18;

/** The bit of a kind that says that more follows. */
export const moreBit = 0x80;

/**
 * Writes the part of a frame that stands before its bytes.
 * @returns where the bytes begin
 */
export function writeFrameHead(target: Buffer, at: number, frame: FrameHead, byteCount: number): number {
  const headBytes = frame.head === "" ? 0 : target.write(frame.head, at + preambleBytes, "utf8");
  target.writeUInt32LE(preambleBytes - lengthBytes + headBytes + byteCount, at);
  target[at + 4] = frame.more ? frame.kind | moreBit : frame.kind;
  target.writeUInt32LE(frame.call, at + 5);
  target.writeUInt32LE(headBytes, at + 9);
  return at + preambleBytes + headBytes;
}

/** Whether a head is longer than a frame lets it be. */
export function isHeadTooLong(head: string): boolean {
  // A character takes at most three bytes, so most heads need not be counted.
  return head.length > maxHeadBytes / 3 && Buffer.byteLength(head) > maxHeadBytes;
}

/** What came over the wire is not what this protocol allows. */
export function wireInvalid(what: string): BentoError {
  return new BentoError("BENTO_WIRE_INVALID", `A worker's connection sent ${what}.`, {
    hint: "Something else than Bento wrote to the connection, or two versions of Bento are mixed.",
  });
}
