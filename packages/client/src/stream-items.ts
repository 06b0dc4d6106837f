import { BentoError, EventStreamParser, isEventStream } from "@bento/core";
import { parseAnswer } from "./answer.js";
import type { Endpoint } from "./service-document.js";
import { splitJson } from "./split-json.js";

/**
 * The items of a stream, in our framing or, from a Python server, without any: then a string endpoint yields text as it
 * arrives, cut where the network cuts it, and another one yields each JSON value.
 *
 * @throws the error the service ended the stream with; BENTO_REMOTE_FAILED when a framed stream breaks off
 */
export async function* streamItems(response: Response, endpoint: Endpoint): AsyncGenerator<unknown, void, void> {
  const { revive } = endpoint;
  const items = isEventStream(response.headers.get("content-type")) ? framedItems(response, endpoint) : rawItems(response, endpoint);
  for await (const item of items) yield revive ? revive(item) : item;
}

async function* framedItems(response: Response, { info }: Endpoint): AsyncGenerator<unknown, void, void> {
  const parser = new EventStreamParser();
  for await (const text of texts(response)) {
    for (const { event, data } of parser.push(text)) {
      if (event === "message") yield parseAnswer(data, info.name, info.output);
      else if (event === "error") throw toError(data, info.name);
      else if (event === "end") return;
    }
  }
  throw new BentoError("BENTO_REMOTE_FAILED", `The stream of "${info.name}" broke off before its end.`);
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
