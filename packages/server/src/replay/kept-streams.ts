import { BentoError, isEventStream, keptEventStreamType } from "@bento/core";
import type { ApiSpec, ReplaySpec } from "@bento/sdk";

import type { ExecutorReply } from "../executor/executor.js";
import type { Call } from "../http/call.js";
import { isStream } from "../http/reply.js";
import { KeptStream } from "./kept-stream.js";
import type { LastingContext } from "./lasting-context.js";
import type { StreamReader } from "./stream-reader.js";

/** Streams that have ended, of which a caller may still want the last events. */
export interface WholeBounds {
  readonly streams: number;
  /** Of all of them together. */
  readonly bytes: number;
}

const defaultWholeBounds: WholeBounds = { streams: 1000, bytes: 128 * 1024 * 1024 };

/** What a stream is called: by the id of its request, which nobody can guess. */
const eventId = /^(?<stream>[0-9a-f]{16})-(?<number>\d{1,15})$/;

/** An endpoint whose streams are kept. */
export type KeptApi = Pick<ApiSpec, "name"> & { readonly replay: ReplaySpec };

/** The streams of one process that callers may come back for. */
export class KeptStreams {
  readonly #streams = new Map<string, KeptStream>();
  /** Those whose method is done, the oldest first. */
  readonly #whole = new Set<KeptStream>();
  readonly #mostWhole: WholeBounds;

  constructor(mostWhole = defaultWholeBounds) {
    this.#mostWhole = mostWhole;
  }

  /**
   * Keeps an answer, if it is a stream of framed events: what is without framing cannot be resumed.
   * @returns the same answer, as it is sent
   */
  keep(api: KeptApi, context: LastingContext, reply: ExecutorReply): ExecutorReply {
    const { headers, body } = reply;
    const at = headers.indexOf("content-type") + 1;
    if (!isStream(body) || !isEventStream(headers[at] ?? null)) return reply;
    const { requestId } = context;
    const stream = new KeptStream({
      api: api.name,
      context,
      events: body,
      replay: api.replay,
      onWhole: () => this.#retire(stream),
      onForgotten: () => {
        this.#streams.delete(requestId);
        this.#whole.delete(stream);
      },
    });
    this.#streams.set(requestId, stream);
    context.release();
    return { ...reply, headers: headers.with(at, keptEventStreamType(api.replay.graceMs / 1000)), body: stream.read() };
  }

  /**
   * What came after an event, and comes.
   * @throws BENTO_STREAM_GONE where that cannot be had, or is not this caller's
   */
  resume(api: KeptApi, call: Call, lastEventId: string): StreamReader {
    return this.#find(api, call, lastEventId).read(Number(eventId.exec(lastEventId)?.groups?.["number"]) + 1);
  }

  /** Ends a stream that its caller does not want any more. @throws BENTO_STREAM_GONE */
  end(api: KeptApi, call: Call, lastEventId: string): void {
    this.#find(api, call, lastEventId).end(new BentoError("BENTO_CANCELLED", "The caller ended the stream."));
  }

  /** Nobody can come back any more. */
  close(reason: BentoError): void {
    for (const stream of this.#streams.values()) stream.end(reason);
  }

  #find(api: KeptApi, call: Call, lastEventId: string): KeptStream {
    const stream = this.#streams.get(eventId.exec(lastEventId)?.groups?.["stream"] ?? "");
    if (stream?.api === api.name && stream.context.identity?.id === call.identity?.id) return stream;
    throw new BentoError("BENTO_STREAM_GONE", `There is no stream with the event ${JSON.stringify(lastEventId.slice(0, 40))}.`, {
      hint: `Call the method anew. Its streams are kept for ${api.replay.graceMs / 1000} seconds when a connection breaks.`,
    });
  }

  #retire(stream: KeptStream): void {
    this.#whole.add(stream);
    let bytes = 0;
    for (const whole of this.#whole) bytes += whole.bytes;
    for (const oldest of this.#whole) {
      if (this.#whole.size <= this.#mostWhole.streams && bytes <= this.#mostWhole.bytes) return;
      if (oldest.isRead) continue;
      bytes -= oldest.bytes;
      oldest.end(new BentoError("BENTO_STREAM_GONE", "Too many streams have ended since."));
    }
  }
}
