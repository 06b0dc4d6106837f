import { openDriver } from "./drivers.js";
import type { Remote, RemoteLocation, RemoteOpenOptions } from "./remote.js";

/** Opens a remote, and puts around it what everybody wants: another try where that may help, reads that go on where they broke off. */
export async function openRemote(location: RemoteLocation, options: RemoteOpenOptions): Promise<Remote> {
  return openDriver(location, options);
}
