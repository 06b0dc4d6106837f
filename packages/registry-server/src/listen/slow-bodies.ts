import type { IncomingMessage } from "node:http";

/** How often a body is looked at. Milliseconds. */
const everyMs = 30_000;
/** What has to have come since the last look: slower than any line that models travel on. */
const leastBytes = 16 * 1024;

/**
 * Breaks connections off whose body comes too slowly to be meant: each would hold a place and a file for as long as its
 * client likes. A body that nobody here reads for the moment is not to blame.
 */
export function watchBody(request: IncomingMessage): void {
  if (!bringsBody(request)) return;
  const { socket } = request;
  let before = socket.bytesRead;
  const timer = setInterval(() => {
    const came = socket.bytesRead - before;
    before = socket.bytesRead;
    const isOurTurn = request.readableLength >= request.readableHighWaterMark;
    if (!request.complete && came < leastBytes && !isOurTurn) socket.destroy();
  }, everyMs).unref();
  const stop = () => clearInterval(timer);
  request.once("end", stop);
  request.once("close", stop);
}

function bringsBody({ headers }: IncomingMessage): boolean {
  const length = headers["content-length"];
  return headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0");
}
