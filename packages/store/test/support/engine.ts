import { randomUUID } from "node:crypto";
import { registerRemote } from "../../src/index.js";
import { openDriver } from "../../src/remote/drivers/known-drivers.js";
import { openRemote, type OpenedRemote, type OpenRemoteOptions } from "../../src/remote/engine/open-remote.js";
import { locationOfUrl } from "../../src/remote/remote-location.js";
import type { RetryOptions } from "../../src/transfer/with-retry.js";
import { type Faults, FaultyRemote } from "./faulty-remote.js";

/** A remote in memory that does wrong as it is told, and the engine around it. */
export interface FaultyEngine {
  readonly engine: OpenedRemote;
  /** What the engine sees. */
  readonly faulty: FaultyRemote;
  /** `faulty://<something new>/`: exports and imports see the same. */
  readonly url: string;
}

/** No wait is waited; the password is `hidden-key`. */
const atOnce: Partial<RetryOptions> = { wait: async () => {} };

/** Opens a new one. */
export async function faultyEngine(
  faults: Faults = {},
  { patienceMs, plentyPerSecond, ...retry }: Partial<RetryOptions> & Pick<OpenRemoteOptions, "patienceMs" | "plentyPerSecond"> = {},
): Promise<FaultyEngine> {
  const { signal } = new AbortController();
  const name = randomUUID();
  const faulty = new FaultyRemote(await openDriver(locationOfUrl(`memory://${name}/`), { signal }), faults);
  registerRemote("faulty", { open: () => Promise.resolve(faulty) });
  const options = { signal, patienceMs, plentyPerSecond, retry: { ...atOnce, ...retry } };
  return {
    engine: await openRemote(locationOfUrl(`faulty://user:hidden-key@${name}/`), options),
    faulty,
    url: `faulty://${name}/`,
  };
}
