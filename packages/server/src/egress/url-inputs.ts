import { BentoError } from "@bento/core";

import { longestTimerMs } from "../limits.js";
import { checkInteger } from "../options.js";
import type { EgressRules } from "./fetch-egress.js";
import { Trust } from "./trust.js";

/** Which URLs in place of files a server fetches, and what that may take. */
export interface UrlInputsOptions {
  /**
   * What may be fetched besides public addresses at ports 80 and 443: exact hosts (`"files.internal"`, whatever they
   * resolve to), one port of a host (`"files.internal:8080"`), and addresses (`"10.0.0.7"`, `"10.1.0.0/16"`). Every caller
   * can make this server read from there.
   * @default nothing
   */
  readonly allow?: readonly string[] | undefined;
  /** Bytes that all URLs of one request may lead to. @default maxBodyBytes */
  readonly maxBytes?: number | undefined;
  /** Milliseconds that all URLs of one request may take; its own deadline holds besides. @default 30000 */
  readonly timeoutMs?: number | undefined;
}

const defaultTimeoutMs = 30_000;

/** What holds for the URLs of every request of an app. */
export interface UrlInputRules extends EgressRules {
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/**
 * The option `urlInputs` of `serve()` and `createApp()`.
 * @param maxBodyBytes what a body may have at most
 * @returns undefined where URLs are not fetched: they are off unless somebody turns them on
 * @throws BENTO_CONFIG_INVALID
 */
export function urlInputRules(option: boolean | UrlInputsOptions | undefined, maxBodyBytes: number): UrlInputRules | undefined {
  if (option === undefined || option === false) return undefined;
  const { allow = [], maxBytes = maxBodyBytes, timeoutMs = defaultTimeoutMs } = option === true ? {} : checkShape(option);
  if (!Array.isArray(allow)) throw invalid("urlInputs.allow", allow, 'Give a list, such as ["files.internal", "10.1.0.0/16"].');
  return {
    trust: new Trust(allow),
    maxBytes: checkInteger("urlInputs.maxBytes", maxBytes, 0, Number.MAX_SAFE_INTEGER),
    timeoutMs: checkInteger("urlInputs.timeoutMs", timeoutMs, 1, longestTimerMs),
  };
}

function checkShape(option: UrlInputsOptions): UrlInputsOptions {
  if (typeof option === "object" && !Array.isArray(option)) return option;
  throw invalid("urlInputs", option, "Give true, false, or { allow, maxBytes, timeoutMs }.");
}

function invalid(name: string, value: unknown, hint: string): BentoError {
  return new BentoError("BENTO_CONFIG_INVALID", `The option ${name} is ${JSON.stringify(value)}.`, { hint });
}
