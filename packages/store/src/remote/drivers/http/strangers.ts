import type { Socket } from "node:net";
import { connectPinned } from "../../../network/pinned-connection.js";
import { hostOf, isPublicPlace, type Place, portOf } from "../../../network/public-place.js";
import { addressesOf, type Resolve, systemResolve } from "../../../network/resolve.js";
import { withSignal } from "../../../store/cancellation.js";
import { type Asking, Silence } from "./asking.js";

/** Where a URL of somebody who is not trusted may lead. */
export interface StrangerRules {
  readonly permits: (place: Place) => boolean;
  readonly resolve: Resolve;
}

export const publicPlaces: StrangerRules = { permits: isPublicPlace, resolve: systemResolve };

/**
 * A connection for one request to where a stranger's URL leads: to the addresses that its name has now, each of them checked.
 * @throws BENTO_BAD_REQUEST where it leads elsewhere, or nowhere: which of the two is not told
 */
export async function connectForStranger(url: URL, { permits, resolve }: StrangerRules, asking: Asking, idleMs: number): Promise<Socket> {
  const { signal } = asking;
  const silence = AbortSignal.timeout(idleMs);
  const ends = signal === undefined ? silence : AbortSignal.any([signal, silence]);
  const [host, port] = [hostOf(url), portOf(url)];
  try {
    const known = await withSignal(ends, "", addressesOf(host, resolve)).catch(() => []);
    asking.check();
    const addresses = known.filter(({ address }) => permits({ host, port, address }));
    if (addresses.length === 0) throw elsewhere(asking);
    return await connectPinned({ host, port, isSecure: url.protocol === "https:", addresses, ca: undefined }, ends);
  } catch (error) {
    throw asking.broken(silence.aborted ? new Silence(idleMs) : error);
  }
}

function elsewhere(asking: Asking): Error {
  return asking.failure({
    code: "BENTO_BAD_REQUEST",
    reason: "it is not trusted, and does not lead to a public address at port 80 or 443",
    hint: "Only what somebody who is trusted has named may lead into this machine's networks.",
  });
}
