import { FTPError, type FTPResponse } from "basic-ftp";
import { withSignal } from "../../../store/cancellation.js";
import type { FtpConnection } from "./connection.js";
import { type DataConnection, openData } from "./data-connection.js";
import { FtpProtocolError, isNotSupported } from "./failures.js";

/** How much of what is sent may wait in this process. Bytes. */
const waitingBytes = 2 * 1024 * 1024;

/**
 * A command that moves bytes over a connection of its own, and the server's word when they are through.
 *
 * The library's own transfers pipe from and to streams, and are of no use when they are ended early. Here the data
 * connection is this class's alone: a reader who leaves, or a writer who gives up, closes it, and the conversation goes on
 * after the server's answer to that.
 */
export class FtpTransfer {
  readonly #connection: FtpConnection;
  readonly #data: DataConnection;
  readonly #begun: Promise<unknown>;
  readonly #end: Promise<FTPResponse>;
  /** Whether it is the server that is to do something. */
  #isWaiting = false;

  private constructor(connection: FtpConnection, data: DataConnection, command: string) {
    this.#connection = connection;
    this.#data = data;
    const { context } = connection;
    let isBegun = false;
    let begin!: () => void;
    const preliminary = new Promise<void>((resolve) => (begin = resolve));
    this.#end = context.handle(command, (answer, task) => {
      if (!(answer instanceof Error) && answer.code < 200) {
        // Silence is the data connection's from here on.
        context.socket.setTimeout(0);
        isBegun = true;
        begin();
      } else if (!(answer instanceof Error) && answer.code < 300) {
        task.resolve(answer);
      } else {
        const error = faultOf(answer, isBegun);
        task.reject(error);
        data.socket.destroy(error);
      }
    });
    this.#end.catch(() => {});
    this.#begun = Promise.race([preliminary, this.#end]);
    data.socket.on("timeout", () => {
      if (this.#isWaiting) data.socket.destroy(new FtpProtocolError("the server went silent", { isTransient: true }));
    });
  }

  /**
   * Opens a data connection, and says the command, from an offset on.
   * @throws FTPError when the server refuses: then nothing was moved
   */
  static async begin(connection: FtpConnection, command: string, start: number, signal: AbortSignal | undefined): Promise<FtpTransfer> {
    const data = await openData(connection, signal);
    try {
      if (start > 0) await connection.ask(`REST ${start}`, signal);
      const transfer = new FtpTransfer(connection, data, command);
      await connection.guard(transfer.#begun, signal);
      return transfer;
    } catch (error) {
      data.socket.destroy();
      throw error;
    }
  }

  /** What the server sends, until it ends or the reader leaves. */
  async *receive(signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void, undefined> {
    const { socket, arrivals } = this.#data;
    const onAbort = (): void => void socket.destroy(new Error("aborted"));
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      for (;;) {
        if (arrivals.isEmpty) {
          this.#wait();
          await arrivals.wait();
          this.#isWaiting = false;
        }
        signal?.throwIfAborted();
        const chunk = arrivals.take();
        if (chunk === undefined) return;
        yield chunk;
      }
    } finally {
      this.#isWaiting = false;
      signal?.removeEventListener("abort", onAbort);
      socket.destroy();
    }
  }

  /** Sends all of it. Answers how much that was. */
  async send(chunks: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<number> {
    const { socket, secured } = this.#data;
    let wake = (): void => {};
    // One promise for each wait: a race against one for the whole transfer would grow with every chunk.
    const until = async (isSo: () => boolean): Promise<void> => {
      this.#wait();
      while (!isSo() && !socket.destroyed) await withSignal(signal, "A transfer", new Promise<void>((resolve) => (wake = resolve)));
      this.#isWaiting = false;
      if (!socket.destroyed || socket.writableFinished) return;
      throw socket.errored ?? new FtpProtocolError("the data connection broke", { isTransient: true });
    };
    socket.once("close", () => wake());
    let isSecured = false;
    const onSecured = (): void => {
      isSecured = true;
      wake();
    };
    secured.then(onSecured, () => wake());
    await until(() => isSecured);
    let sent = 0;
    let written = 0;
    for await (const chunk of chunks) {
      sent += chunk.length;
      socket.write(chunk, () => {
        written += chunk.length;
        wake();
      });
      // Not until all is gone: the next is to lie ready then.
      await until(() => sent - written <= waitingBytes);
    }
    socket.end(() => wake());
    await until(() => socket.writableFinished);
    return sent;
  }

  /** The server's word that all is well. @throws FTPError for another one */
  async finish(signal: AbortSignal | undefined): Promise<void> {
    const { context, idleMs } = this.#connection;
    context.socket.setTimeout(idleMs);
    await this.#connection.guard(this.#end, signal);
  }

  /**
   * Breaks it off. The conversation goes on if the server answers to that in time, else it is closed.
   * @returns the answer, if it is a refusal: it may say why a data connection broke
   */
  async leave(limitMs: number): Promise<FTPError | undefined> {
    this.#data.socket.destroy();
    try {
      await this.#connection.guard(this.#end, AbortSignal.timeout(limitMs));
    } catch (error) {
      if (error instanceof FTPError) return error;
      this.#connection.close();
    }
    return undefined;
  }

  #wait(): void {
    this.#isWaiting = true;
    this.#data.socket.setTimeout(this.#connection.idleMs);
  }
}

/** What a refusal is. A command that was begun is not unknown: whoever says so has lost one of its processes. */
function faultOf(answer: Error | FTPResponse, isBegun: boolean): Error {
  if (!(answer instanceof Error)) return new FtpProtocolError(`the server asked for more: ${answer.message}`);
  return isBegun && isNotSupported(answer) ? new FtpProtocolError(answer.message, { isTransient: true }) : answer;
}
