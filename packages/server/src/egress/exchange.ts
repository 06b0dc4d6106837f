import { type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import { pipeline, type Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";

/** Bytes of all header lines of an answer together. */
const maxHeaderBytes = 16 * 1024;

const decoders = { gzip: createGunzip, "x-gzip": createGunzip, deflate: createInflate, br: createBrotliDecompress } as const;

/**
 * Asks for a URL on a connection that is there, and answers with the head of the answer. The connection ends with the
 * answer. No cookies, no credentials, no other URL.
 * @throws Error when what comes back is no answer, or its headers are too long
 */
export async function exchange(socket: Socket, url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  const asked = request({
    createConnection: () => socket,
    method: "GET",
    path: url.pathname + url.search,
    headers: { host: url.host, accept: "*/*", "accept-encoding": "identity", "user-agent": "bento", connection: "close" },
    maxHeaderSize: maxHeaderBytes,
    insecureHTTPParser: false,
    signal,
  });
  return new Promise((resolve, reject) => {
    asked.once("response", resolve);
    // Also what comes after the head: nobody else listens then.
    asked.on("error", reject);
    // Who switches to another protocol is hung up on without an error.
    asked.once("close", () => reject(new Error("The connection was closed before an answer.")));
    asked.end();
  });
}

/**
 * The body of an answer as it was before the sender packed it, though it was asked not to. To be read at once; no more is
 * unpacked than is read.
 * @throws Error for packings that are not known, and for several of them in each other
 */
export function unpacked(answer: IncomingMessage): Readable {
  const coding = (answer.headers["content-encoding"] ?? "").trim().toLowerCase();
  if (coding === "" || coding === "identity") return answer;
  if (!Object.hasOwn(decoders, coding)) throw new Error(`The content-encoding ${JSON.stringify(coding)} is not known.`);
  // What fails is told by the stream itself.
  return pipeline(answer, decoders[coding as keyof typeof decoders](), () => {});
}
