import { fileURLToPath } from "node:url";

import { BentoError } from "@bento/core";
import type { ServiceClass } from "@bento/sdk";
import { isService, specOf } from "@bento/sdk/runtime";

import type { LoadedModule } from "./quiet-load.js";

/** Which service of a module is meant. */
export interface WantedService {
  /** Its export or its name; without one, the module's only service is meant. */
  readonly name?: string | undefined;
  /** Its name alone. */
  readonly serviceName?: string | undefined;
}

/** Whether a service that a module serves is the one that is meant. */
export function isWanted(service: ServiceClass, { name, serviceName }: WantedService): boolean {
  if (!isService(service)) return false;
  const own = specOf(service).name;
  return (name === undefined || name === own || name === service.name) && (serviceName === undefined || serviceName === own);
}

/**
 * The service that is meant, among what a module exports and what it would have served: the export of that name, else
 * the service of that name.
 * @throws BENTO_ENTRY_INVALID that says what to write
 */
export function findService(module: LoadedModule, wanted: WantedService): ServiceClass {
  const { name } = wanted;
  const named: unknown = name === undefined ? undefined : (module.exports as Record<string, unknown>)[name];
  if (isService(named)) return named;
  const there = [...new Set<ServiceClass>([...Object.values(module.exports), ...module.served].filter(isService))];
  const fitting = there.filter((service) => isWanted(service, wanted));
  if (fitting.length === 1) return fitting[0] as ServiceClass;
  const file = fileURLToPath(module.url);
  if (fitting.length > 1) throw ambiguous(file, fitting);
  throw notThere(file, name ?? wanted.serviceName, { there, isExported: named !== undefined });
}

function ambiguous(file: string, services: readonly ServiceClass[]): BentoError {
  return new BentoError("BENTO_ENTRY_INVALID", `${file} holds several services: ${services.map(nameOf).join(", ")}.`, {
    hint: `Say which by its export: ${JSON.stringify(`${file}:${services[0]?.name}`)}.`,
  });
}

interface Surroundings {
  readonly there: readonly ServiceClass[];
  /** Whether there is an export of that name, which is no service. */
  readonly isExported: boolean;
}

function notThere(file: string, name: string | undefined, { there, isExported }: Surroundings): BentoError {
  const others = there.map(nameOf).join(", ");
  const what = name === undefined ? "no service" : `no service ${JSON.stringify(name)}`;
  if (isExported && name !== undefined) {
    return new BentoError("BENTO_ENTRY_INVALID", `${name} of ${file} is no service.`, {
      hint: `Put @service() above the class, and above all its other decorators.${others === "" ? "" : ` The module holds ${others}.`}`,
    });
  }
  return new BentoError("BENTO_ENTRY_INVALID", `${file} holds ${what}${others === "" ? "" : `, but ${others}`}.`, {
    hint: cure(name, there),
  });
}

function cure(name: string | undefined, [other]: readonly ServiceClass[]): string {
  if (other !== undefined && name !== undefined) return `Name one that is there, or write "export" before the class ${name}.`;
  return `Write "export" before the class, or before the constant that defineService() gives.`;
}

/** What it is called in its file, where that is not its name. */
function nameOf(service: ServiceClass): string {
  const { name } = specOf(service);
  return service.name === name || service.name === "" ? name : `${name} (class ${service.name})`;
}
