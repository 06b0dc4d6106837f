import type { JsonSchema } from "@bento/core";

import { BodyIntake } from "../bodies/body-intake.js";
import type { SpoolRoom } from "../bodies/spool-room.js";
import { mayNameUrls } from "../bodies/url-text.js";
import type { Call } from "../http/call.js";
import type { Body } from "../http/incoming.js";
import { Refusal } from "../http/refusal.js";
import type * as Naming from "./named-urls.js";
import type { UrlInputRules } from "./url-inputs.js";

/** An endpoint as far as its URLs are concerned. */
export interface UrlTaker {
  readonly isObjectInput: boolean;
  readonly document: { readonly input: JsonSchema };
}

/** How many calls may wait for what their URLs lead to: each may hold several connections, and memory. */
const maxFetching = 128;

/** The URLs that callers of one app may send in place of files. */
export class UrlGates {
  readonly rules: UrlInputRules;
  /** On disk. */
  readonly room: SpoolRoom;
  #fetching = 0;

  constructor(rules: UrlInputRules, room: SpoolRoom) {
    this.rules = rules;
    this.room = room;
  }

  /** The gate of an endpoint; `undefined` where no file of it may come as a URL. */
  of(endpoint: UrlTaker): UrlGate | undefined {
    return mayNameUrls(endpoint.document.input) ? new UrlGate(endpoint, this) : undefined;
  }

  /** @throws BENTO_OVERLOADED when as many calls fetch as may */
  begin(): void {
    if (this.#fetching >= maxFetching) {
      throw new Refusal(
        "overload",
        `${maxFetching} calls wait for files that they named by URL.`,
        "Try again after a pause, or send the files.",
      );
    }
    this.#fetching += 1;
  }

  end(): void {
    this.#fetching -= 1;
  }
}

/**
 * Holds up the calls of one endpoint that name URLs, before they take a place or their part in a batch, until what these lead
 * to is there. What looks for them and fetches is loaded with the first body that may name one.
 */
export class UrlGate {
  readonly #endpoint: UrlTaker;
  readonly #gates: UrlGates;
  #named: Naming.NamedUrls | undefined;

  constructor(endpoint: UrlTaker, gates: UrlGates) {
    this.#endpoint = endpoint;
    this.#gates = gates;
  }

  /** Lets a call through, with what its URLs lead to; whatever goes wrong fails it. */
  pass(call: Call, body: Body, enter: (call: Call, body: Body) => void): void {
    if (!mayName(body)) return enter(call, body);
    this.#fetched(call, body)
      .then((whole) => (call.isSettled ? undefined : enter(call, whole)))
      .catch((thrown: unknown) => call.fail(thrown));
  }

  async #fetched(call: Call, body: Body): Promise<Body> {
    const { room, rules } = this.#gates;
    // There before anything else, so that who leaves meanwhile takes along whatever comes.
    const intake = (call.intake ??= new BodyIntake(room));
    const { Fetching, NamedUrls } = await import("./named-urls.js");
    const places = (this.#named ??= new NamedUrls(this.#endpoint)).in(body);
    if (places.length === 0 || call.isSettled) return body;
    this.#gates.begin();
    intake.isFetching = true;
    try {
      const fetching = new Fetching(rules, room);
      intake.add(fetching);
      return { ...body, fetched: await fetching.fetch(places) };
    } finally {
      intake.isFetching = false;
      this.#gates.end();
    }
  }
}

/** Bytes of JSON and of texts in a form in which URLs are looked for: what names files need not be long. */
const maxNamingBytes = 4 * 1024 * 1024;

/** Whether a URL may be in a body, at a first look: it has `://` in it, unless that is written with escapes. */
function mayName(body: Body): boolean {
  if ("value" in body) return true;
  if ("bytes" in body) return body.packing === undefined && mayHoldUrl([body.bytes]);
  if ("file" in body) return body.file.content instanceof Uint8Array && mayHoldUrl([body.file.content]);
  return mayHoldUrl(body.form.parts.flatMap((part) => (part.isText ? [part.content as Uint8Array] : [])));
}

function mayHoldUrl(texts: readonly Uint8Array[]): boolean {
  const size = texts.reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (size > maxNamingBytes) return false;
  return texts.some((bytes) => {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return text.includes("://") || text.includes("\\");
  });
}
