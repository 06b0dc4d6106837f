import type { CallBody } from "../http/incoming.js";
import type { CallHead } from "../executor/pool-heads.js";
import type { IncomingCall } from "../wire/incoming-call.js";
import type { PieceStream } from "../wire/piece-stream.js";
import type { WorkerContext } from "../workers/child/worker-context.js";
import { inputOfWords } from "./input-body.js";

/**
 * The body of a call in a worker that is read while it comes. The server, which watches the time, is told as long as it is.
 * @throws BENTO_WIRE_INVALID
 */
export function workerInput(call: IncomingCall, { words, time }: CallHead, pieces: PieceStream, context: WorkerContext): CallBody {
  const pauseMs = (time?.timeoutMs ?? Number.POSITIVE_INFINITY) / 4;
  let toldAt = performance.now();
  const tell = (): void => {
    const now = performance.now();
    if (now - toldAt < pauseMs) return;
    toldAt = now;
    call.tellReading();
  };
  context.onTookInput = tell;
  return { input: inputOfWords(words, pieces) };
}
