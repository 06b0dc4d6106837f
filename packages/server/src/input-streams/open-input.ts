import { type JsonSchema, reviverFor } from "@bento/core";

import { EventLoopShare } from "../event-loop-share.js";
import type { CallContext } from "../executor/executor.js";
import type { Decoder } from "../http/decode.js";
import type { InputBody } from "./input-body.js";
import { JsonItems } from "./json-items.js";
import { PacedPieces } from "./paced-pieces.js";

/** Gives what a schema then judges: the items of a body, as they come. */
export type OpenInput = (body: InputBody, context: CallContext) => AsyncIterable<unknown>;

/** What reads the bodies of an endpoint while they come. @param input its schema */
export function inputOpener(input: JsonSchema): OpenInput {
  const revive = reviverFor(input);
  return ({ items, maxLineBytes, pieces }, context) => {
    const paced = new PacedPieces(pieces, context);
    return items === "bytes" ? paced : new JsonItems(paced, { maxLineBytes, revive, onAsk: () => context.tookInput() });
  };
}

/** The same decoder, of lists that their reader takes in turns with everybody else. */
export function inTurns(decode: Decoder): Decoder {
  return (body) => {
    const value = decode(body);
    return Array.isArray(value) ? turns(value) : value;
  };
}

async function* turns(items: readonly unknown[]): AsyncGenerator<unknown, void, void> {
  const share = new EventLoopShare();
  for (const item of items) {
    if (share.isUsedUp) await share.giveWay();
    yield item;
  }
}
