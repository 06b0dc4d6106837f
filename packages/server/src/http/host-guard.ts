import { isIP } from "node:net";
import { hostname } from "node:os";

import { BentoError } from "@bento/core";

import type { Incoming } from "./incoming.js";

/** Refuses a request by throwing. */
export type Guard = (incoming: Incoming) => void;

/** What decides which requests of web pages a listening server answers. */
export interface HostGuardOptions {
  /** The address that the server is bound to. */
  readonly boundHost: string;
  /** Names besides the loopback names and the bound one; `".example.com"` is a domain with all below it, `"*"` everything. */
  readonly allowedHosts: readonly string[];
  /** Whether pages of other origins may call: then CORS decides, not this. */
  readonly allowsOrigins: boolean;
}

/**
 * Keeps web pages away from a server that only listens to this machine.
 *
 * A page can point its own DNS name at 127.0.0.1 and then counts as same-origin here; only the Host header still shows
 * the name (DNS rebinding). So a Host must be a loopback name, the bound host, this machine's name or an allowed one; a
 * server bound to all addresses takes any IP address too, since an address cannot be rebound. And a page of another
 * origin can send simple POSTs without asking first, so an Origin must be of an allowed host as well.
 *
 * The guard throws BENTO_HOST_NOT_ALLOWED (421) for the Host, BENTO_FORBIDDEN (403) for the Origin.
 */
export function makeHostGuard(options: HostGuardOptions): Guard {
  const names = new Set(["localhost", "127.0.0.1", "[::1]", bracketed(options.boundHost.toLowerCase()), hostname().toLowerCase()]);
  const domains: string[] = [];
  for (const host of options.allowedHosts.map((name) => name.toLowerCase())) {
    if (host.startsWith(".")) domains.push(host);
    names.add(bracketed(host.replace(/^\./, "")));
  }
  const takesAll = names.has("*");
  const takesAddresses = options.boundHost === "0.0.0.0" || options.boundHost === "::";
  const isAllowed = (host: string): boolean => {
    const name = hostName(host);
    if (name === undefined) return false;
    return names.has(name) || (takesAddresses && isAddress(name)) || domains.some((domain) => name.endsWith(domain));
  };
  // The same Host comes with nearly every request.
  let lastAllowed: string | undefined;
  return (incoming) => {
    const host = incoming.header("host");
    if (!takesAll && host !== undefined && host !== lastAllowed) {
      if (!isAllowed(host)) throw hostNotAllowed(host);
      lastAllowed = host;
    }
    if (!options.allowsOrigins) checkOrigin(incoming, takesAll ? () => true : isAllowed);
  };
}

/** Reading is safe: without CORS headers the page never sees the answer. */
function checkOrigin(incoming: Incoming, isAllowed: (host: string) => boolean): void {
  const origin = incoming.header("origin");
  if (origin === undefined || incoming.method === "GET" || incoming.method === "HEAD") return;
  const isSame = incoming.header("sec-fetch-site") === "same-origin";
  const host = URL.canParse(origin) ? new URL(origin).host : undefined;
  if (isSame || (host !== undefined && host === incoming.header("host"))) return;
  if (host !== undefined && incoming.header("sec-fetch-site") === undefined && isAllowed(host)) return;
  throw new BentoError("BENTO_FORBIDDEN", `A web page of the origin ${JSON.stringify(origin.slice(0, 200))} may not call this server.`, {
    hint: "Start the server with the cors option and name the origin there.",
  });
}

/** The name in a Host header, without the port; `undefined` when it is none. */
function hostName(host: string): string | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/.exec(host.toLowerCase());
  return match?.[1]?.replace(/\.$/, "");
}

function isAddress(name: string): boolean {
  return isIP(name.replace(/^\[|\]$/g, "")) !== 0;
}

function bracketed(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

function hostNotAllowed(host: string): BentoError {
  const quoted = JSON.stringify(host.slice(0, 200));
  return new BentoError("BENTO_HOST_NOT_ALLOWED", `This server does not answer for the host ${quoted}.`, {
    hint: "Ask by the address that the server printed, or start it with allowedHosts.",
  });
}
