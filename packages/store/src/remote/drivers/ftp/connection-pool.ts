import { FTPError } from "basic-ftp";
import { cancellation } from "../../../store/cancellation.js";
import type { FtpConnection } from "./connection.js";
import { isCrowded } from "./failures.js";

/** What opens another connection. */
type OpenConnection = (signal: AbortSignal) => Promise<FtpConnection>;

/**
 * The connections of one remote: as many as are used at the same time, up to a limit, which a server lowers by refusing
 * another one. Whoever takes one gives it back.
 */
export class FtpConnectionPool {
  readonly #open: OpenConnection;
  readonly #idle: FtpConnection[] = [];
  readonly #busy = new Set<FtpConnection>();
  readonly #waiting: (() => void)[] = [];
  /** Ends what is being opened when the remote is closed. */
  readonly #closing = new AbortController();
  #opening = 0;
  #limit: number;

  constructor(open: OpenConnection, limit: number) {
    this.#open = open;
    this.#limit = limit;
  }

  /** One that is alive, and the caller's until it is given back. @throws what opening one throws; BENTO_CANCELLED */
  async take(signal: AbortSignal | undefined): Promise<FtpConnection> {
    for (;;) {
      if (signal?.aborted) throw cancellation(signal, "Waiting for a connection");
      this.#closing.signal.throwIfAborted();
      const connection = this.#idle.pop();
      if (connection !== undefined) {
        this.#busy.add(connection);
        if (await connection.isAlive(signal)) return connection;
        connection.close();
        this.give(connection);
      } else if (this.#count < this.#limit) {
        const opened = await this.#another(signal);
        if (opened !== undefined) return opened;
      } else {
        await this.#turn(signal);
      }
    }
  }

  /** Takes one back; one that is closed makes room for another. */
  give(connection: FtpConnection): void {
    this.#busy.delete(connection);
    if (this.#closing.signal.aborted) connection.close();
    if (!connection.isClosed) {
      connection.rest();
      this.#idle.push(connection);
    }
    this.#wake();
  }

  /** Closes all of them, also those that are being used. */
  close(): void {
    this.#closing.abort();
    for (const connection of [...this.#idle.splice(0), ...this.#busy]) connection.close();
    while (this.#waiting.length > 0) this.#wake();
  }

  get #count(): number {
    return this.#idle.length + this.#busy.size + this.#opening;
  }

  /** One more, if the server has one more for us. */
  async #another(signal: AbortSignal | undefined): Promise<FtpConnection | undefined> {
    this.#opening += 1;
    const closing = this.#closing.signal;
    try {
      const connection = await this.#open(signal === undefined ? closing : AbortSignal.any([signal, closing]));
      this.#busy.add(connection);
      return connection;
    } catch (error) {
      // Whoever has logged in before is known: this one is too many.
      const isTooMany = isCrowded(error) || (error instanceof FTPError && error.code === 530);
      const isOnlyOne = this.#count === 1;
      if (isOnlyOne || !isTooMany) throw error;
      this.#limit = Math.max(1, this.#idle.length + this.#busy.size);
      return undefined;
    } finally {
      this.#opening -= 1;
      this.#wake();
    }
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    let wake!: () => void;
    const turn = new Promise<void>((resolve) => (wake = resolve));
    this.#waiting.push(wake);
    signal?.addEventListener("abort", wake, { once: true });
    await turn;
    signal?.removeEventListener("abort", wake);
    const place = this.#waiting.indexOf(wake);
    if (place !== -1) this.#waiting.splice(place, 1);
    // What this one was woken for is another's.
    else if (signal?.aborted) this.#wake();
  }

  #wake(): void {
    this.#waiting.shift()?.();
  }
}
