import { BentoError, bytesEventName, bytesOf, EventStreamParser, isEventStream, replaySeconds, type ServerEvent } from "@bento/core";
import { parseAnswer, reviverOf } from "./answer.js";
import { bodyPieces, bodyTexts } from "./body-texts.js";
import { tooLong } from "./bounded-answer.js";
import type { Endpoint } from "./service-document.js";
import { splitJson } from "./split-json.js";

/**
 * Asks for what comes after an event, on another connection.
 * @param vain how many connections in a row brought nothing
 * @throws what the service answered, or `broken` when it cannot be reached any more
 */
export type Resume = (lastEventId: string, broken: unknown, vain: number) => Promise<Response>;

/** A connection that held for so long was not in vain, whatever it brought. Milliseconds. */
const heldMs = 1000;

/** An event's name that can be sent back in a header. */
const sendable = /^[\x21-\x7e]{1,200}$/;

/** How a stream is read. */
export interface StreamItemsOptions {
  readonly endpoint: Endpoint;
  /** What an item may take. */
  readonly mostBytes: number;
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
  const items = isEventStream(response.headers.get("content-type")) ? framedItems(response, options) : rawItems(response, options);
  for await (const item of items) yield revive(item);
}

async function* framedItems(first: Response, options: StreamItemsOptions): AsyncGenerator<unknown, void, void> {
  const { endpoint, mostBytes } = options;
  const { info } = endpoint;
  const isKept = replaySeconds(first.headers.get("content-type")) !== undefined;
  let lastEventId = "";
  let vain = 0;
  for (let response = first; ;) {
    const beganAt = Date.now();
    const parser = new EventStreamParser();
    let broken: unknown = new BentoError("BENTO_REMOTE_FAILED", `The stream of "${info.name}" broke off before its end.`);
    for await (const events of eventsOf(response, parser, (error) => (broken = error))) {
      for (const { event, data, id } of events) {
        if (event === "end") return;
        if (event === "error") throw toError(data, info.name);
        if (event !== "message" && event !== bytesEventName) continue;
        lastEventId = id;
        vain = -1;
        if (isKept) options.onEventId(id);
        yield event === bytesEventName ? bytesOf(data) : parseAnswer(data, info.name, info.output);
      }
      if (parser.heldLength > mostBytes) throw tooLong(`An item of "${info.name}"`, mostBytes);
    }
    if (!isKept || !sendable.test(lastEventId)) throw broken;
    vain = Date.now() - beganAt < heldMs ? vain + 1 : 0;
    response = await options.resume(lastEventId, broken, vain);
  }
}

/** The events that each piece of the body completes. */
async function* eventsOf(
  response: Response,
  parser: EventStreamParser,
  onBroken: (error: unknown) => void,
): AsyncGenerator<ServerEvent[], void, void> {
  try {
    for await (const text of bodyTexts(response)) yield parser.push(text);
  } catch (error) {
    // Of reading alone: who takes the events ends this, and throws nothing into it.
    onBroken(error);
  }
}

async function* rawItems(response: Response, { endpoint: { info }, mostBytes }: StreamItemsOptions): AsyncGenerator<unknown, void, void> {
  const { type, format } = info.output;
  if (type === "file" || (type === "string" && format === "binary")) yield* bodyPieces(response);
  else if (type === "string") yield* bodyTexts(response);
  else for await (const json of splitJson(bodyTexts(response), check)) yield parseAnswer(json, info.name, info.output);

  function check(characters: number): void {
    if (characters > mostBytes) throw tooLong(`An item of "${info.name}"`, mostBytes);
  }
}

function toError(data: string, name: string): BentoError {
  return BentoError.fromWire(parseAnswer(data, name, { type: "object" }));
}
