import type { Asking } from "./asking.js";

/** Where a redirect leads; credentials that stand in it are left out. @throws BENTO_TRANSFER_FAILED where nobody may be led */
export function redirectTarget(location: string, from: URL, asking: Asking): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (target === undefined || !/^https?:$/.test(target.protocol))
    throw asking.failure({ reason: "it redirects to what is no URL of http or https" });
  // What was asked for in secret is not fetched in the open.
  if (from.protocol === "https:" && target.protocol === "http:")
    throw asking.failure({ reason: `it redirects from https to http, at ${target.host}` });
  target.username = "";
  target.password = "";
  target.hash = "";
  return target;
}
