import { BentoError } from "@bento/core";
import { getProxyForUrl } from "proxy-from-env";

import { isWithin, parseAddress, parseRange } from "./address.js";
import { hostOf } from "./public-place.js";

const variables = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"].flatMap((name) => [name.toLowerCase(), name]);
const ownRanges = ["127.0.0.0/8", "::1/128"].flatMap((text) => parseRange(text) ?? []);

/**
 * The proxy that a server is asked through, as the environment says it: `HTTPS_PROXY` or `HTTP_PROXY`, by the scheme of
 * the URL, else `ALL_PROXY`, and none for the hosts of `NO_PROXY`; each in lower case as well, which goes first. What
 * runs on this machine is always asked directly, as Go's programs do it.
 * @throws BENTO_CONFIG_INVALID for what is no URL of an HTTP proxy; the value, which may hold a password, is not told
 * @source https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config.ProxyFunc
 */
export function proxyOf(url: URL): URL | undefined {
  const said = variables.flatMap((name) => process.env[name] ?? []);
  if (said.every((value) => value === "") || isThisMachine(hostOf(url))) return undefined;
  const named = getProxyForUrl(url.href);
  if (named === "") return undefined;
  // Where no scheme is written the library takes that of the URL, and every other program http.
  const whole = said.includes(named) ? named : named.replace(/^https:/, "http:");
  const proxy = URL.canParse(whole) ? new URL(whole) : undefined;
  if (proxy !== undefined && proxy.hostname !== "" && /^https?:$/.test(proxy.protocol)) return proxy;
  throw new BentoError("BENTO_CONFIG_INVALID", `The environment names no HTTP proxy that ${url.origin} could be asked through.`, {
    hint: "HTTPS_PROXY, HTTP_PROXY or ALL_PROXY has to be a URL such as http://user:password@proxy.example:3128, or empty; NO_PROXY lists hosts that need none.",
  });
}

function isThisMachine(host: string): boolean {
  const address = parseAddress(host);
  return address === undefined ? /^(?:.+\.)?localhost$/.test(host) : ownRanges.some((range) => isWithin(address, range));
}
