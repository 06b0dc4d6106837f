import { resolve } from "node:path";
import { BentoError } from "@bento/core";
import { type BentoStore, FileBentoStore, FileModelStore, type ModelStore } from "@bento/store";
import { RegistryHttp } from "../api/http.js";
import { RegistryApi } from "../api/registry-api.js";
import { connectionOf, type Environment, environmentOf } from "../contexts/connection.js";
import type { RegistryOptions } from "../registry.js";
import { isStatic } from "../static/layout.js";

/** What every call to a registry goes with. */
export interface Session {
  readonly api: RegistryApi;
  /** Of the call. */
  readonly signal: AbortSignal;
  readonly parallel: number;
  /** Absolute. */
  readonly home: string;
  readonly env: Environment;
  /** The stores of the home, for callers that name none. */
  readonly models: ModelStore;
  readonly bentos: BentoStore;
  /** The same for a call that another signal stops. */
  until(signal: AbortSignal | undefined): Session;
}

/** Options of a registry with what they default to. */
export interface SessionOptions extends Omit<RegistryOptions, "env" | "home"> {
  readonly env: Environment;
  readonly home: string;
}

/** Finds out which registry is meant. @throws BENTO_UNAUTHORIZED, BENTO_NOT_FOUND, BENTO_CONFIG_INVALID */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { retry = {}, parallel = 10 } = options;
  if (!Number.isInteger(parallel) || parallel < 1) {
    throw new BentoError("BENTO_CONFIG_INVALID", `parallel: ${String(parallel)} is no number of parts.`, {
      hint: "Give a whole number from 1 on.",
    });
  }
  const http = await httpOf(options);
  const home = resolve(options.home);
  const stores = { models: new FileModelStore(home), bentos: new FileBentoStore(home) };
  const until = (signal: AbortSignal = new AbortController().signal): Session => ({
    api: new RegistryApi(http, { retry, signal }),
    signal,
    parallel,
    home,
    env: options.env,
    ...stores,
    until,
  });
  return until();
}

/** A folder of files is asked as anybody: there is no token that could be missing. */
async function httpOf(options: SessionOptions): Promise<RegistryHttp> {
  const folder = options.endpoint ?? (options.context === undefined ? environmentOf(options.env).endpoint : undefined);
  if (isStatic(folder)) return new (await import("../static/static-http.js")).StaticHttp(folder);
  const { endpoint, apiToken } = await connectionOf(options);
  return new RegistryHttp({ endpoint, token: apiToken });
}
