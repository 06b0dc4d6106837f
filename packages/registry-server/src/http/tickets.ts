import { BentoError } from "@bento/core";
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { z } from "zod";

/** What a URL without a token allows, and until when. */
const ticket = z.discriminatedUnion("to", [
  /** To download the tar of a version. */
  z.strictObject({ to: z.literal("download"), kind: z.enum(["model", "bento"]), name: z.string(), version: z.string(), until: z.int() }),
  /** To send the tar of a push, or a part of it. */
  z.strictObject({ to: z.literal("upload"), push: z.string(), part: z.int().positive(), until: z.int() }),
]);

export type Ticket = z.infer<typeof ticket>;
type Permission<T = Ticket> = T extends Ticket ? Omit<T, "until"> : never;

/** Python's client asks for a URL before it packs, and each part of a large model has its turn. */
const lifeMs = 12 * 3_600_000;

/** URLs that carry their own permission, as presigned ones of a bucket do. */
export class Tickets {
  readonly #secret: Uint8Array;

  /** @param secret whoever knows it can write tickets; by default one that ends with this process */
  constructor(secret: Uint8Array = randomBytes(32)) {
    this.#secret = secret;
  }

  /** The text of a ticket for somebody who was allowed to ask for it. */
  issue(permission: Permission, now = Date.now()): string {
    const text = Buffer.from(JSON.stringify({ ...permission, until: now + lifeMs })).toString("base64url");
    return `${text}.${this.#sign(text).toString("base64url")}`;
  }

  /** What a text allows. @throws BENTO_FORBIDDEN for one that was not issued here, for something else, or too long ago */
  check<To extends Ticket["to"]>(to: To, given: string, now = Date.now()): Extract<Ticket, { to: To }> {
    const [text = "", signature = ""] = given.split(".");
    const expected = this.#sign(text);
    const said = Buffer.from(signature, "base64url");
    if (said.length !== expected.length || !timingSafeEqual(said, expected)) throw refused("it was not made here, or was changed");
    const read = ticket.parse(JSON.parse(Buffer.from(text, "base64url").toString("utf8")));
    if (read.until < now) throw refused("its time is over");
    if (!isFor(read, to)) throw refused("it is for something else");
    return read;
  }

  #sign(text: string): Buffer {
    return createHmac("sha256", this.#secret).update(text).digest();
  }
}

function isFor<To extends Ticket["to"]>(read: Ticket, to: To): read is Extract<Ticket, { to: To }> {
  return read.to === to;
}

function refused(why: string): BentoError {
  return new BentoError("BENTO_FORBIDDEN", `The URL allows nothing: ${why}.`, { hint: "Ask the registry for another one." });
}
