import { isIP } from "node:net";
import { Client, type FTPContext, FTPError, type FTPResponse } from "basic-ftp";
import { withSignal } from "../../../store/cancellation.js";
import { FtpProtocolError, isTlsRefusal } from "./failures.js";
import type { FtpSettings } from "./settings.js";

/** How long a connection that was not used is trusted, and how long it may take to answer that it is alive. Milliseconds. */
const trustedMs = 1000;
const checkMs = 5000;

/**
 * A conversation with a server: logged in, in binary mode, with data protected where the conversation is. It does one
 * thing at a time. A signal that is aborted in the middle of an answer closes it, because nobody knows then what the next
 * answer belongs to.
 */
export class FtpConnection {
  /** What the server says that it can, by the first word of the command. */
  features: ReadonlyMap<string, string> = new Map();
  /** Whether the server has refused the newer command for data connections. */
  isPasvOnly = false;
  readonly idleMs: number;
  readonly #client: Client;
  #usedAt = performance.now();

  private constructor(idleMs: number) {
    this.idleMs = idleMs;
    this.#client = new Client(idleMs);
  }

  /** Connects and logs in. @throws errors of the library and the system */
  static async open(settings: FtpSettings, signal: AbortSignal, idleMs: number): Promise<FtpConnection> {
    const connection = new FtpConnection(idleMs);
    try {
      await connection.#enter(settings, signal);
    } catch (error) {
      connection.close();
      if (isTlsRefusal(error)) throw new FtpProtocolError(`TLS cannot be agreed on: ${error.message}`);
      throw error;
    }
    return connection;
  }

  /** What the library knows of it: for transfers. */
  get context(): FTPContext {
    return this.#client.ftp;
  }

  get isClosed(): boolean {
    return this.#client.closed;
  }

  /**
   * Says something, and waits for the answer.
   * @throws FTPError for a refusal, after which the conversation goes on
   */
  async ask(command: string, signal: AbortSignal | undefined): Promise<FTPResponse> {
    return this.guard(this.#client.send(command), signal);
  }

  /** Waits for a step of the conversation, and closes it when the signal comes first. */
  async guard<T>(step: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    try {
      return await withSignal(signal, "What the server was asked", step);
    } catch (error) {
      if (signal?.aborted) this.close();
      throw error;
    }
  }

  /** Before it is used again: whether the server is still there. */
  async isAlive(signal: AbortSignal | undefined): Promise<boolean> {
    if (this.isClosed) return false;
    this.context.socket.ref();
    if (performance.now() - this.#usedAt < trustedMs) return true;
    const limit = AbortSignal.timeout(Math.min(checkMs, this.idleMs));
    const answer = await this.ask("NOOP", signal === undefined ? limit : AbortSignal.any([signal, limit])).catch(() => undefined);
    return answer !== undefined;
  }

  /** After it was used: it does not keep the process alive any more. */
  rest(): void {
    this.#usedAt = performance.now();
    this.context.socket.unref();
  }

  close(): void {
    this.#client.close();
  }

  async #enter(settings: FtpSettings, signal: AbortSignal): Promise<void> {
    const { host, port, tls, ca, user, password } = settings;
    const client = this.#client;
    // The same for all data connections: they go on with the session of this one.
    const secure = { host, servername: isIP(host) === 0 ? host : "", ...(ca === undefined ? undefined : { ca }) };
    if (tls === "implicit") await this.guard(client.connectImplicitTLS(host, port, secure), signal);
    else await this.guard(client.connect(host, port), signal);
    if (tls === "explicit") await this.#secure(secure, signal);
    await this.guard(client.login(user, password), signal);
    if (tls !== "none") {
      // Who refuses either would send files for everybody to read.
      await this.ask("PBSZ 0", signal);
      await this.ask("PROT P", signal);
    }
    this.features = await this.guard(client.features(), signal);
    if (this.features.has("UTF8")) await this.guard(client.sendIgnoringError("OPTS UTF8 ON"), signal);
    await this.ask("TYPE I", signal);
  }

  /** The library waits forever for the answer of TLS. */
  async #secure(options: { readonly host: string; readonly servername: string; readonly ca?: string }, signal: AbortSignal): Promise<void> {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(new FtpProtocolError("the server said nothing", { isTransient: true })), this.idleMs);
    try {
      await this.guard(this.#client.useTLS(options), AbortSignal.any([signal, limit.signal]));
    } catch (error) {
      if (limit.signal.aborted) throw limit.signal.reason;
      // Refused with words that mean something else elsewhere: "530 Please login".
      if (error instanceof FTPError) throw new FtpProtocolError(`the server has no TLS, and is told nothing without: ${error.message}`);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}
