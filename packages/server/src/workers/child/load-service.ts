import type { ServiceClass } from "@bento/sdk";

import type { ServiceEntry } from "../messages.js";
import { findService, isWanted } from "../../entry/find-service.js";
import { loadQuietly } from "../../entry/quiet-load.js";

/**
 * The service class of a module, in a process that runs nothing else: what the module itself would serve is not started,
 * neither now nor later.
 * @throws BENTO_ENTRY_INVALID that says what to write; what the module throws
 */
export async function loadService({ url, exportName, serviceName }: ServiceEntry): Promise<ServiceClass> {
  const wanted = { name: exportName, serviceName };
  const module = await loadQuietly(url, { isWanted: (service) => isWanted(service, wanted), isWholeProcess: true });
  return findService(module, wanted);
}
