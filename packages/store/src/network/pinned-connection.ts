import { connect as connectPlain, isIP, type LookupFunction, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

import { parseAddress } from "./address.js";
import type { ResolvedAddress } from "./resolve.js";

/** Where to connect to. */
export interface PinnedTarget {
  /** The URL's host; for TLS the certificate must be of that name. */
  readonly host: string;
  readonly port: number;
  readonly isSecure: boolean;
  /** The only addresses that may be connected to; tried by turns. At least one. */
  readonly addresses: readonly ResolvedAddress[];
  /** Certificates of authorities, in place of those that Node knows. */
  readonly ca: string | undefined;
}

/**
 * Opens a connection to addresses that were checked. No name is resolved, so that no other answer of DNS can come between
 * check and connection; and what the socket says it is connected to is checked before a byte is sent.
 * @throws Error when nothing listens, the certificate does not fit, or the signal is aborted
 */
export async function connectPinned(target: PinnedTarget, signal: AbortSignal): Promise<Socket> {
  const { host, port, isSecure, addresses, ca } = target;
  // A name, so that Node asks `lookup` and tries all of what that answers.
  const socket = connectPlain({ host: "pinned.invalid", port, lookup: pinned(addresses) });
  await opened(socket, "connect", signal);
  const at = parseAddress(socket.remoteAddress ?? "");
  if (!addresses.some(({ address }) => address.bits === at?.bits && address.value === at.value)) {
    socket.destroy();
    throw new Error("The connection leads to another address than the one that was checked.");
  }
  if (!isSecure) return socket;
  const servername = isIP(host) === 0 ? { servername: host } : {};
  // Said here, since the environment could say otherwise.
  const secure = connectTls({ socket, host, ...servername, ca, rejectUnauthorized: true, ALPNProtocols: ["http/1.1"] });
  await opened(secure, "secureConnect", signal);
  return secure;
}

/** Answers every question with the addresses that were checked. */
function pinned(addresses: readonly ResolvedAddress[]): LookupFunction {
  const all = addresses.map(({ text, address }) => ({ address: text, family: address.bits === 32 ? 4 : 6 }));
  return (_name, options, answer) => {
    const [first = { address: "", family: 0 }] = all;
    if (options.all === true) answer(null, all);
    else answer(null, first.address, first.family);
  };
}

/** Waits until the connection is there; without it the socket is gone. */
async function opened(socket: Socket, event: "connect" | "secureConnect", signal: AbortSignal): Promise<void> {
  const abort = (): void => void socket.destroy(signal.reason as Error);
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once(event, resolve);
      socket.once("error", reject);
      socket.once("close", () => reject(new Error("The connection was closed.")));
    });
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
