import { Readable } from "node:stream";
import type { IdleSignal } from "./idle-signal.js";

/** Bytes handed to the connection at a time: with each the server shows that it is there. */
const pieceBytes = 256 * 1024;

/** Bytes as the body of a request, which is told whenever some of them were taken. */
export function partBody(bytes: Buffer, request: IdleSignal): Readable {
  let at = 0;
  return new Readable({
    highWaterMark: pieceBytes,
    read() {
      request.heard();
      const piece = bytes.subarray(at, at + pieceBytes);
      at += piece.length;
      this.push(piece.length === 0 ? null : piece);
    },
  });
}
