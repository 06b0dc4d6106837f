import { once } from "node:events";
import { connect, isIPv6, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import { FTPError } from "basic-ftp";
import { withSignal } from "../../../store/cancellation.js";
import { Arrivals } from "./arrivals.js";
import type { FtpConnection } from "./connection.js";
import { FtpProtocolError } from "./failures.js";

/** A connection for the bytes of one file or listing. */
export interface DataConnection {
  /** An error of it is no one's but its user's: it does not end the process. */
  readonly socket: Socket;
  /** When it is encrypted, where it shall be: not before the server has heard what it is for. */
  readonly secured: Promise<unknown>;
  /** What the server sends. */
  readonly arrivals: Arrivals;
}

/**
 * Opens one, passively, to the host that the conversation is with and to no other, whatever the server answers: else it
 * could have us connect to anybody.
 */
export async function openData(connection: FtpConnection, signal: AbortSignal | undefined): Promise<DataConnection> {
  const control = connection.context.socket;
  const port = await passivePort(connection, signal);
  const host = control.remoteAddress;
  if (host === undefined) throw new FtpProtocolError("the connection is gone", { isTransient: true });
  const arrivals = new Arrivals();
  const raw = connect({ host, port, ...(control instanceof TLSSocket ? undefined : { onread: arrivals.onRead() }) });
  raw.on("error", ignore);
  const onSilence = (): void => void raw.destroy(new FtpProtocolError("no data connection could be had", { isTransient: true }));
  raw.setTimeout(connection.idleMs).once("timeout", onSilence);
  try {
    await withSignal(signal, "Opening a data connection", once(raw, "connect"));
  } catch (error) {
    raw.destroy();
    throw error;
  }
  raw.setTimeout(0).off("timeout", onSilence);
  const [socket, secured] = control instanceof TLSSocket ? secure(connection, control, raw) : ([raw, Promise.resolve()] as const);
  arrivals.listen(socket);
  return { socket, secured, arrivals };
}

/** Goes on with the session of the conversation, which shows the server that both are the same client's. */
function secure({ context }: FtpConnection, control: TLSSocket, raw: Socket): readonly [Socket, Promise<unknown>] {
  const session = context.tlsSessionStore ?? control.getSession();
  const socket = connectTls({ ...context.tlsOptions, socket: raw, session });
  socket.on("error", ignore);
  socket.on("session", (next: Buffer) => {
    // A session of TLS 1.3 is used once.
    context.tlsSessionStore = next;
  });
  const secured = once(socket, "secureConnect");
  secured.catch(ignore);
  return [socket, secured];
}

async function passivePort(connection: FtpConnection, signal: AbortSignal | undefined): Promise<number> {
  if (!connection.isPasvOnly) {
    try {
      const { message } = await connection.ask("EPSV", signal);
      return portOf(/\((.)\1\1(?<port>\d{1,5})\1\)/.exec(message)?.groups?.["port"], message);
    } catch (error) {
      const isRefused = error instanceof FTPError && error.code >= 500;
      if (!isRefused || isIPv6(connection.context.socket.remoteAddress ?? "")) throw error;
      connection.isPasvOnly = true;
    }
  }
  const { message } = await connection.ask("PASV", signal);
  const [, high, low] = /\d{1,3},\d{1,3},\d{1,3},\d{1,3},(\d{1,3}),(\d{1,3})/.exec(message) ?? [];
  return portOf(high === undefined || low === undefined ? undefined : Number(high) * 256 + Number(low), message);
}

function portOf(port: string | number | undefined, message: string): number {
  const number = Number(port);
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number;
  throw new FtpProtocolError(`the server named no port for the data: ${message}`);
}

function ignore(): void {}
