import { keptEventStreamType } from "@bento/core";
import type { ApiSpec } from "@bento/sdk";

import type { Call } from "../http/call.js";
import type { Handler } from "../http/pipeline.js";
import type { KeptStreams } from "./kept-streams.js";

/** The header that names the last event that a caller has. */
const lastEventId = "last-event-id";

/**
 * What an endpoint with a replay answers besides: the rest of a stream, to a caller that names the last event it has, and
 * `DELETE` from one that wants no more of it. To everybody else it answers as ever.
 */
export function resumingHandlers(
  { name, replay }: Pick<ApiSpec, "name" | "replay">,
  post: Handler,
  streams: KeptStreams,
): { readonly POST?: Handler; readonly DELETE?: Handler } {
  if (replay === undefined) return {};
  const api = { name, replay };
  const contentType = keptEventStreamType(replay.graceMs / 1000);
  const last = (call: Call): string => call.incoming.header(lastEventId) ?? "";
  return {
    POST: (call) => {
      if (last(call) === "") return post(call);
      call.reply({ status: 200, headers: ["content-type", contentType], body: streams.resume(api, call, last(call)) });
    },
    DELETE: (call) => {
      streams.end(api, call, last(call));
      call.reply({ status: 204, headers: [], body: "" });
    },
  };
}
