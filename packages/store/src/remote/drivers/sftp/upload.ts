import { withSignal } from "../../../store/cancellation.js";
import type { RemoteContent } from "../../remote.js";
import { untilAbort } from "../../until-abort.js";
import type { SftpClient, WritePacket } from "./sftp-client.js";

/** Bytes that are on their way at any time. More than a server's window, so that it never waits for us. */
const aheadBytes = 4 * 1024 * 1024;
/** Requests at most, where each is small. */
const mostRequests = 64;

/**
 * The bytes of a file on their way to a server, over one connection or, when it breaks, over several. Many requests are
 * out at once, and servers may do them in any order: what counts is up to where all of them are confirmed.
 */
export class Upload {
  /** All bytes before this are at the server. */
  confirmed = 0;
  /** Whether it is the content that has thrown. */
  hasContentFailed = false;
  readonly #content: RemoteContent;
  readonly #signal: AbortSignal | undefined;
  readonly #doing: string;

  constructor(content: RemoteContent, { signal, doing }: { readonly signal: AbortSignal | undefined; readonly doing: string }) {
    this.#content = content;
    this.#signal = signal;
    this.#doing = doing;
  }

  /** Sends what is not confirmed yet; when it returns, all of it is. @throws what the session or the content throws; BENTO_CANCELLED */
  async send(client: SftpClient, handle: Uint8Array): Promise<void> {
    const most = Math.min(mostRequests, Math.ceil(aheadBytes / client.writeBytes));
    const out: Promise<WritePacket>[] = [];
    const free: WritePacket[] = [];
    let packet = client.writePacket(handle);
    let offset = this.confirmed;
    const put = (): void => {
      const full = packet;
      const sent = client.write(full, offset).then(() => full);
      // Looked at when its turn comes, or not at all if one before it fails.
      sent.catch(() => {});
      out.push(sent);
      offset += full.length;
    };
    for await (const chunk of untilAbort(this.#bytes(offset), this.#signal, this.#doing)) {
      for (let at = 0; at < chunk.length;) {
        at += packet.fill(chunk.subarray(at));
        if (!packet.isFull) continue;
        put();
        if (out.length === most) free.push(await this.#confirmed(out));
        packet = free.pop() ?? client.writePacket(handle);
      }
    }
    if (packet.length > 0) put();
    while (out.length > 0) await this.#confirmed(out);
  }

  /** Waits for the first of the requests that are out, which are in the order of their places. */
  async #confirmed(out: Promise<WritePacket>[]): Promise<WritePacket> {
    const packet = await withSignal(this.#signal, this.#doing, out.shift() as Promise<WritePacket>);
    this.confirmed += packet.length;
    packet.clear();
    return packet;
  }

  async *#bytes(start: number): AsyncGenerator<Uint8Array, void> {
    try {
      yield* this.#content.stream(start);
    } catch (error) {
      this.hasContentFailed = true;
      throw error;
    }
  }
}
