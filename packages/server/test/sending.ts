import { type IncomingMessage, type OutgoingHttpHeaders, request } from "node:http";
import { once } from "node:events";

/** A request whose body is written bit by bit, by node's own client. */
export interface Sending extends Disposable {
  /** Writes; resolves when the connection takes more, and `false` when it is over. */
  write(text: string | Uint8Array): Promise<boolean>;
  end(): void;
  /** Breaks the connection off. */
  leave(): void;
  /** The head of the answer. */
  readonly response: Promise<IncomingMessage>;
  /** Resolves when the connection is over. */
  readonly closed: Promise<unknown>;
  /** The next text of the answer; `undefined` at its end. */
  read(): Promise<string | undefined>;
  /** What is left of the answer. */
  rest(): Promise<string>;
}

/** Begins a request; the first bytes are its head. */
export function sending(url: string, headers: OutgoingHttpHeaders = {}): Sending {
  const outgoing = request(url, { method: "POST", headers: { "content-type": "application/jsonl", ...headers } });
  // What it fails with is told by its answer, or the lack of one.
  outgoing.on("error", () => undefined);
  outgoing.flushHeaders();
  const closed = new Promise((resolve) => outgoing.once("close", resolve));
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once("response", resolve);
    outgoing.once("close", () => reject(new Error("There was no answer.")));
  });
  response.catch(() => undefined);
  let pieces: AsyncIterator<string> | undefined;
  const read = async (): Promise<string | undefined> => {
    pieces ??= (await response).setEncoding("utf8")[Symbol.asyncIterator]() as AsyncIterator<string>;
    const { done, value } = await pieces.next();
    return done === true ? undefined : value;
  };
  return {
    async write(text) {
      if (outgoing.destroyed) return false;
      if (!outgoing.write(text)) await Promise.race([once(outgoing, "drain"), closed]);
      return !outgoing.destroyed;
    },
    end: () => void outgoing.end(),
    leave: () => void outgoing.destroy(),
    response,
    closed,
    read,
    async rest() {
      let text = "";
      for (let piece = await read(); piece !== undefined; piece = await read()) text += piece;
      return text;
    },
    [Symbol.dispose]: () => void outgoing.destroy(),
  };
}
