import { type Decoder, makeDecoder } from "../http/decode.js";
import type { Body } from "../http/incoming.js";
import { urlTextOf } from "../bodies/url-text.js";
import { nonFiniteReaders } from "../packing/non-finite.js";
import type { UrlTaker } from "./url-gate.js";
import { UrlFinder, type UrlPlace } from "./url-places.js";

export { Fetching } from "./fetching.js";

/** The URLs in the bodies of one endpoint. */
export class NamedUrls {
  readonly #decode: Decoder;
  readonly #finder: UrlFinder;

  constructor({ isObjectInput, document: { input } }: UrlTaker) {
    this.#decode = makeDecoder(input, isObjectInput, nonFiniteReaders(input));
    this.#finder = new UrlFinder(input);
  }

  /** @throws BENTO_BAD_REQUEST for what cannot be read; see {@link UrlFinder.find} */
  in(body: Body): readonly UrlPlace[] {
    // Most files in memory are none, and are not decoded for that.
    if ("file" in body && urlTextOf(body.file) === undefined) return [];
    return this.#finder.find(this.#decode(body));
  }
}
