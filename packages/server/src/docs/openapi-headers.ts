import { routeParams } from "@bento/sdk/runtime";

import type { ApiOutline, ServiceOutline } from "../executor/outline.js";

/** What callers may say in headers. */
export const requestHeaders = {
  RequestTimeout: requestHeader(
    "X-Request-Timeout",
    "How long the caller waits for the answer: seconds above 0, or milliseconds with `ms` after them. The server begins nothing that it could not answer by then.",
    { type: "string", pattern: "^\\d{1,9}(\\.\\d{1,9})?(ms|s)?$", examples: ["2.5", "500ms"] },
  ),
  LastEventId: requestHeader(
    "Last-Event-ID",
    "The id of the last event that the caller has: then it gets the rest of that stream, and the body is not looked at.",
    { type: "string", pattern: "^[0-9a-f]{16}-\\d{1,15}$" },
  ),
  Priority: requestHeader("Priority", "How urgent the call is, from `u=0` to `u=7`, which may wait longest (RFC 9218).", {
    type: "string",
    default: "u=3",
  }),
};

/** Those that an endpoint knows. */
export function parametersOf({ traffic }: ServiceOutline, { replay, route }: ApiOutline): readonly object[] {
  const inPath = routeParams(route).map((name) => ({ name, in: "path", required: true, schema: { type: "string", minLength: 1 } }));
  const names: (keyof typeof requestHeaders)[] = ["RequestTimeout"];
  if (replay !== undefined) names.push("LastEventId");
  if (traffic.priorities === "header") names.push("Priority");
  const { fairness } = traffic;
  const known = names.map((name) => ({ $ref: `#/components/parameters/${name}` }));
  if (typeof fairness !== "object") return [...inPath, ...known];
  return [...inPath, ...known, requestHeader(fairness.header, "Whose share of the service the call takes.", { type: "string" })];
}

/** When to try again. */
export const retryAfterHeader = {
  "Retry-After": { description: "Seconds after which to try again", schema: { type: "integer", minimum: 0 } },
};

function requestHeader(name: string, description: string, schema: object): object {
  return { name, in: "header", required: false, description, schema };
}
