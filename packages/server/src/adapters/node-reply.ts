import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";

import { EventLoopShare } from "../event-loop-share.js";
import { GatheredText } from "../gathered-text.js";
import { isBodiless, isStream, type Reply } from "../http/reply.js";
import { limitBodyTime, unwatchedBodyMs } from "./body-time.js";

/** How long, and how far, the rest of a refused body is read so that its sender gets to see the answer. */
const lingerMs = 2_000;

/**
 * Writes an answer to a socket.
 * @param isClosing whether the connection shall not be used again
 */
export function writeReply(request: IncomingMessage, response: ServerResponse, reply: Reply, isClosing: boolean): void {
  if (response.destroyed) {
    if (isStream(reply.body)) reply.body[Symbol.asyncIterator]().return?.().catch(ignore);
    return;
  }
  const { status, headers, body } = reply;
  if (reply.close === true || isClosing) headers.push("connection", "close");
  if (isStream(body)) {
    response.writeHead(status, headers);
    void writeStream(request, response, body);
    return;
  }
  if (!isBodiless(status)) headers.push("content-length", String(typeof body === "string" ? Buffer.byteLength(body) : body.byteLength));
  response.writeHead(status, headers);
  if (request.method === "HEAD") response.end();
  else if (reply.close === true) linger(request, response, body);
  else {
    response.end(body);
    limitBodyTime(request, unwatchedBodyMs);
  }
}

/** Writes as fast as the reader reads; a stream that fails breaks the connection off. */
async function writeStream(request: IncomingMessage, response: ServerResponse, pieces: AsyncIterable<string | Uint8Array>): Promise<void> {
  const iterator = pieces[Symbol.asyncIterator]();
  // A reader that leaves while the method works on its next item must not have to wait for that item.
  const onClose = () => void iterator.return?.().catch(ignore);
  response.once("close", onClose);
  // With the first piece, if that is at hand: one packet, and one turn of the reader.
  const headersAlone = setImmediate(() => response.flushHeaders());
  const share = new EventLoopShare();
  const gathered = new GatheredText((text) => response.write(text));
  try {
    for (;;) {
      const { done, value } = await iterator.next();
      clearImmediate(headersAlone);
      if (done === true) break;
      if (response.destroyed) return void (await iterator.return?.());
      if (typeof value !== "string" || !gathered.add(value)) {
        gathered.flush();
        response.write(value);
      }
      if (response.writableNeedDrain) await drained(response);
      if (share.isUsedUp) await share.giveWay();
    }
    response.off("close", onClose);
    gathered.flush();
    response.end();
    if (!request.complete) drain(request);
  } catch {
    response.off("close", onClose);
    // What came before the failure is the reader's; what is written leaves at the end of this turn.
    gathered.flush();
    response.flushHeaders();
    setImmediate(() => response.destroy());
  }
}

async function drained(response: ServerResponse): Promise<void> {
  const left = new AbortController();
  const { signal } = left;
  await Promise.race([once(response, "drain", { signal }), once(response, "close", { signal })]).catch(ignore);
  left.abort();
}

/**
 * Ends an answer whose request is still being sent. Closing at once would reset the connection, and the sender might never
 * read the answer; so the rest is thrown away for a moment first.
 */
function linger(request: IncomingMessage, response: ServerResponse, body: string | Uint8Array): void {
  response.write(body);
  const end = () => {
    clearTimeout(timer);
    response.end();
    request.destroy();
  };
  const timer = setTimeout(end, lingerMs);
  request.once("end", end);
  request.once("close", end);
  request.resume();
}

/** Throws away for a moment what still comes of a body whose answer is complete; who sends on after that loses the connection. */
function drain(request: IncomingMessage): void {
  limitBodyTime(request, lingerMs);
  request.resume();
}

function ignore(): void {}
