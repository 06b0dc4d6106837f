import { isIP } from "node:net";

import { BentoError } from "@bento/core";

/** What decides for which names a registry answers. */
export interface HostGuardOptions {
  /** The address it is bound to. */
  readonly boundHost: string;
  /** `https://registry.example.com`: what callers know it as, where something stands between. */
  readonly publicUrl: string | undefined;
}

/**
 * Refuses names that are not this registry's, where it listens to this machine alone: a web page can point its own name
 * at 127.0.0.1 and then counts as one of ours (DNS rebinding). On other addresses every name is taken, as nothing is
 * answered there without a token, and a browser sends its cookie to the name that set it only.
 * @returns throws BENTO_HOST_NOT_ALLOWED for a Host header that is refused
 */
export function makeHostGuard({ boundHost, publicUrl }: HostGuardOptions): (host: string | undefined) => void {
  const isLocal = isLoopback(boundHost);
  const names = new Set(["localhost", bracketed(boundHost.toLowerCase())]);
  if (publicUrl !== undefined) names.add(new URL(publicUrl).hostname);
  return (host) => {
    const name = hostName(host ?? "");
    if (name !== undefined && (!isLocal || names.has(name) || isLoopback(name.replaceAll(/[[\]]/g, "")))) return;
    throw new BentoError(
      "BENTO_HOST_NOT_ALLOWED",
      `This registry does not answer for the host ${JSON.stringify((host ?? "").slice(0, 200))}.`,
      {
        hint: "Ask by the address that it printed; behind a proxy, start it with --public-url.",
      },
    );
  };
}

/** Whether an address reaches this machine alone. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/** The name in a Host header, without the port; `undefined` when it is none. */
function hostName(host: string): string | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/.exec(host.toLowerCase());
  return match?.[1]?.replace(/\.$/, "");
}

function bracketed(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}
