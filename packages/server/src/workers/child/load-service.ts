import { BentoError } from "@bento/core";
import type { ServiceClass } from "@bento/sdk";
import { isService, specOf } from "@bento/sdk/runtime";

import type { ServiceEntry } from "../messages.js";
import { loadQuietly } from "../../entry/quiet-load.js";

/**
 * The service class of a module: the export that was named, else the one service of that name among its exports and
 * among those that the module itself would have served.
 * @throws BENTO_SERVICE_INVALID that says what to write
 */
export async function loadService({ url, exportName, serviceName }: ServiceEntry): Promise<ServiceClass> {
  const { exports, served } = await loadQuietly(url);
  const candidates = new Set<ServiceClass>([...Object.values(exports), ...served].filter(isService));
  if (exportName !== undefined) {
    const named: unknown = (exports as Record<string, unknown>)[exportName];
    const found = isService(named) ? named : [...candidates].find((service) => specOf(service).name === exportName);
    if (found !== undefined) return found;
  } else {
    const fitting = [...candidates].filter((service) => serviceName === undefined || specOf(service).name === serviceName);
    if (fitting.length === 1) return fitting[0] as ServiceClass;
    if (fitting.length > 1) throw ambiguous(url, fitting);
  }
  throw notThere(url, exportName ?? serviceName, [...candidates]);
}

function ambiguous(url: string, services: readonly ServiceClass[]): BentoError {
  const names = services.map((service) => specOf(service).name);
  return new BentoError("BENTO_SERVICE_INVALID", `${url} holds several services: ${names.join(", ")}.`, {
    hint: `Say which: "service.ts:${names[0]}".`,
  });
}

function notThere(url: string, name: string | undefined, services: readonly ServiceClass[]): BentoError {
  const what = name === undefined ? "no service" : `no service ${JSON.stringify(name)}`;
  const others = services.map((service) => specOf(service).name);
  return new BentoError("BENTO_SERVICE_INVALID", `${url} exports ${what}${others.length > 0 ? `, but ${others.join(", ")}` : ""}.`, {
    hint: `Write "export class ${name ?? "Name"}" there, and give that module as the entry: serve(${name ?? "Name"}, { entry: import.meta.url }).`,
  });
}
