import { BentoError, bytesEventName, bytesOf, EventStreamParser, isEventStream, replaySeconds, type ServerEvent } from "@bento/core";
import { parseAnswer, reviverOf } from "./answer.js";
import type { Endpoint } from "./service-document.js";
import { splitJson } from "./split-json.js";

/**
 * Asks for what comes after an event, on another connection.
 * @throws what the service answered, or `broken` when it cannot be reached any more
 */
export type Resume = (lastEventId: string, broken: unknown) => Promise<Response>;

/** How a stream is read. */
export interface StreamItemsOptions {
  readonly endpoint: Endpoint;
  /** Used where the service keeps its streams for a while, see `replay` of its api. */
  readonly resume: Resume;
  /** Told of each event that names itself, before its item is given. */
  readonly onEventId: (id: string) => void;
}

/**
 * The items of a stream, in our framing or, from a Python server, without any: then a string endpoint yields text as it
 * arrives, cut where the network cuts it, and another one yields each JSON value.
 *
 * A framed stream that breaks off is resumed where the service keeps it for that: nothing is lost, nothing comes twice.
 *
 * @throws the error the service ended the stream with; BENTO_REMOTE_FAILED when a framed stream breaks off
 */
export async function* streamItems(response: Response, options: StreamItemsOptions): AsyncGenerator<unknown, void, void> {
  const { endpoint } = options;
  const revive = await reviverOf(endpoint);
  const items = isEventStream(response.headers.get("content-type")) ? framedItems(response, options) : rawItems(response, endpoint);
  for await (const item of items) yield revive(item);
}

async function* framedItems(first: Response, options: StreamItemsOptions): AsyncGenerator<unknown, void, void> {
  const { info } = options.endpoint;
  const isKept = replaySeconds(first.headers.get("content-type")) !== undefined;
  let lastEventId = "";
  for (let response = first; ;) {
    let broken: unknown = new BentoError("BENTO_REMOTE_FAILED", `The stream of "${info.name}" broke off before its end.`);
    for await (const events of eventsOf(response, (error) => (broken = error))) {
      for (const { event, data, id } of events) {
        if (event === "end") return;
        if (event === "error") throw toError(data, info.name);
        if (event !== "message" && event !== bytesEventName) continue;
        lastEventId = id;
        if (isKept) options.onEventId(id);
        yield event === bytesEventName ? bytesOf(data) : parseAnswer(data, info.name, info.output);
      }
    }
    if (!isKept || lastEventId === "") throw broken;
    response = await options.resume(lastEventId, broken);
  }
}

/** The events that each piece of the body completes. */
async function* eventsOf(response: Response, onBroken: (error: unknown) => void): AsyncGenerator<ServerEvent[], void, void> {
  const parser = new EventStreamParser();
  try {
    for await (const text of texts(response)) yield parser.push(text);
  } catch (error) {
    // Of reading alone: who takes the events ends this, and throws nothing into it.
    onBroken(error);
  }
}

async function* rawItems(response: Response, { info }: Endpoint): AsyncGenerator<unknown, void, void> {
  const { type, format } = info.output;
  if (type === "file" || (type === "string" && format === "binary")) yield* pieces(response);
  else if (type === "string") yield* texts(response);
  else for await (const json of splitJson(texts(response))) yield parseAnswer(json, info.name, info.output);
}

async function* texts(response: Response): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder();
  for await (const bytes of pieces(response)) {
    const text = decoder.decode(bytes, { stream: true });
    if (text !== "") yield text;
  }
  const rest = decoder.decode();
  if (rest !== "") yield rest;
}

/** The body by the piece. Not every browser can iterate a stream, hence the reader. */
async function* pieces(response: Response): AsyncGenerator<Uint8Array, void, void> {
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value;
  } finally {
    // Rejects when the connection is gone already, which is what cancelling is for.
    await reader.cancel().catch(() => undefined);
  }
}

function toError(data: string, name: string): BentoError {
  return BentoError.fromWire(parseAnswer(data, name, { type: "object" }));
}
