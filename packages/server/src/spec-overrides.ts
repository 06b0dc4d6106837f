import type { ServiceSpec } from "@bento/sdk";

import { type AppOptions, checkSeconds } from "./options.js";

/** Whether pages of other origins may call: then CORS decides, and not the guard. */
export function allowsOrigins(spec: Pick<ServiceSpec, "cors">, { cors = spec.cors }: Pick<AppOptions, "cors">): boolean {
  return cors !== undefined && cors !== false;
}

/** A service with another time limit, where one is given. */
export function limitedBy<S extends Pick<ServiceSpec, "traffic">>(spec: S, timeout: number | undefined): S {
  if (timeout === undefined) return spec;
  const timeoutMs = checkSeconds("timeout", timeout) * 1000;
  return { ...spec, traffic: { ...spec.traffic, timeoutMs } };
}
