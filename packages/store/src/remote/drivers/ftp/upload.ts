import { FTPError } from "basic-ftp";
import { withRetry } from "../../../transfer/with-retry.js";
import { isTransientFault } from "../../remote-failure.js";
import type { RemoteContent } from "../../remote.js";
import { untilAbort } from "../../until-abort.js";
import { partialOf } from "../shared/partial-name.js";
import type { FtpConnection } from "./connection.js";
import { FtpProtocolError } from "./failures.js";
import { lookAt, sizeOf } from "./look-at.js";
import { folderOf } from "./names.js";
import { FtpTransfer } from "./transfer.js";

/** How often an upload that broke goes on without having come any further. */
const retries = 2;
/** How long what is not whole may take to be removed, and when its caller does not want to wait. Milliseconds. */
const cleanMs = 5000;
const promptMs = 700;

/** Has something done with a connection, and makes errors of what goes wrong. */
export type WithConnection = <T>(signal: AbortSignal | undefined, work: (connection: FtpConnection) => Promise<T>) => Promise<T>;

/** How to go on with what is there in part: servers differ in what they allow. */
type Way = "restart" | "append" | "anew";

/** One file on its way to a server: first under another name, then in its place. */
export class FtpUpload {
  readonly #withConnection: WithConnection;
  readonly #target: string;
  readonly #partial: string;
  readonly #content: RemoteContent;
  readonly #signal: AbortSignal | undefined;
  /** What the content threw, which is nobody else's. */
  #broken: { readonly error: unknown } | undefined;
  /** How much of it the server had when it was asked, at most. */
  #reached = 0;
  #way: Way = "restart";

  constructor(withConnection: WithConnection, target: string, content: RemoteContent, signal: AbortSignal | undefined) {
    this.#withConnection = withConnection;
    this.#target = target;
    this.#partial = partialOf(target);
    this.#content = content;
    this.#signal = signal;
  }

  /** @throws what the content throws; BENTO_TRANSFER_FAILED and its kind */
  async run(): Promise<void> {
    await this.#withConnection(this.#signal, (connection) => makeFolders(connection, folderOf(this.#target), this.#signal));
    try {
      await withRetry(({ number, progressed }) => this.#try(number > 0, progressed), {
        signal: this.#signal,
        retries,
        isTransient: (error) => this.#broken === undefined && isTransientFault(error),
      });
      await this.#withConnection(this.#signal, (connection) => this.#putInPlace(connection));
    } catch (error) {
      await this.#clean();
      throw this.#broken === undefined ? error : this.#broken.error;
    }
  }

  #try(isAgain: boolean, progressed: () => void): Promise<void> {
    return this.#withConnection(this.#signal, async (connection) => {
      const has = isAgain && this.#way !== "anew" ? ((await sizeOf(connection, this.#partial, this.#signal)) ?? 0) : 0;
      if (has > this.#reached) {
        this.#reached = has;
        progressed();
      }
      const transfer = await this.#begin(connection, has);
      const size = has + (await this.#send(transfer, has));
      const kept = await sizeOf(connection, this.#partial, this.#signal).catch(() => undefined);
      if (kept === undefined || kept === size) return;
      // Whatever was added twice, or lost: what is there is of no use.
      this.#way = "anew";
      throw new FtpProtocolError(`the server has kept ${kept} of ${size} bytes`, { isTransient: true });
    });
  }

  /** From where the server has it: at that place, which may be done twice; else at its end. */
  async #begin(connection: FtpConnection, has: number): Promise<FtpTransfer> {
    if (has === 0) return FtpTransfer.begin(connection, `STOR ${this.#partial}`, 0, this.#signal);
    try {
      if (this.#way === "restart") return await FtpTransfer.begin(connection, `STOR ${this.#partial}`, has, this.#signal);
      return await FtpTransfer.begin(connection, `APPE ${this.#partial}`, 0, this.#signal);
    } catch (error) {
      if (!(error instanceof FTPError)) throw error;
      this.#way = this.#way === "restart" ? "append" : "anew";
      throw new FtpProtocolError(error.message, { isTransient: true });
    }
  }

  async #send(transfer: FtpTransfer, start: number): Promise<number> {
    try {
      const sent = await transfer.send(untilAbort(this.#bytes(start), this.#signal, "Reading what is written"), this.#signal);
      await transfer.finish(this.#signal);
      return sent;
    } catch (error) {
      const refusal = await transfer.leave(promptMs);
      // Why the server closed the data connection is worth more than that it did.
      throw this.#broken === undefined && !this.#signal?.aborted ? (refusal ?? error) : error;
    }
  }

  async *#bytes(start: number): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* this.#content.stream(start);
    } catch (error) {
      this.#broken = { error };
      throw error;
    }
  }

  async #putInPlace(connection: FtpConnection): Promise<void> {
    const rename = async (): Promise<void> => {
      await connection.ask(`RNFR ${this.#partial}`, this.#signal);
      await connection.ask(`RNTO ${this.#target}`, this.#signal);
    };
    try {
      await rename();
    } catch (error) {
      // Some give a file no name that another one has.
      const isTaken = error instanceof FTPError && (await lookAt(connection, this.#target, this.#signal))?.kind === "file";
      if (!isTaken) throw error;
      await connection.ask(`DELE ${this.#target}`, this.#signal);
      await rename();
    }
  }

  /** As well as it goes: the failure that led here is what the caller hears of. */
  async #clean(): Promise<void> {
    const limit = AbortSignal.timeout(this.#signal?.aborted === true ? promptMs : cleanMs);
    await this.#withConnection(limit, (connection) => connection.ask(`DELE ${this.#partial}`, limit)).catch(() => {});
  }
}

/** Makes a folder with those above it, unless it is there. @throws FTPError when it can be neither made nor entered */
export async function makeFolders(connection: FtpConnection, path: string, signal: AbortSignal | undefined): Promise<void> {
  const isThere = (await connection.ask(`CWD ${path}`, signal).catch(refused)) !== undefined;
  if (isThere || path === "/") return;
  await makeFolders(connection, folderOf(path), signal);
  const refusal = await connection.ask(`MKD ${path}`, signal).then(() => undefined, refusalOf);
  // Somebody else may have made it meanwhile.
  if (refusal !== undefined && (await connection.ask(`CWD ${path}`, signal).catch(refused)) === undefined) throw refusal;
}

function refused(error: unknown): undefined {
  if (!(error instanceof FTPError)) throw error;
}

function refusalOf(error: unknown): FTPError {
  if (error instanceof FTPError) return error;
  throw error;
}
