import { ContentCollector, FileMemory } from "../bodies/content-collector.js";
import type { Leftover } from "../bodies/body-intake.js";
import type { FetchedUpload } from "../bodies/fetched-upload.js";
import { Spool } from "../bodies/spool.js";
import type { SpoolRoom } from "../bodies/spool-room.js";
import { Upload } from "../bodies/upload.js";
import { callerGone } from "../http/body-limit.js";
import { refusal } from "./refusal.js";
import { UrlFetches } from "./url-fetches.js";
import type { UrlInputRules } from "./url-inputs.js";
import type { UrlPlace } from "./url-places.js";

/** How many URLs of one request are fetched at once. */
const lanes = 4;

/** What the URLs of one request lead to, while it is fetched and until nobody needs it any more. */
export class Fetching implements Leftover {
  readonly #controller = new AbortController();
  readonly #fetches: UrlFetches;
  readonly #spool: Spool;
  readonly #memory = new FileMemory();

  /** @param room on disk */
  constructor(rules: UrlInputRules, room: SpoolRoom) {
    this.#fetches = new UrlFetches(rules, this.#controller.signal);
    this.#spool = new Spool(room);
  }

  /**
   * Fetches them all, or none: what goes wrong with one ends the others.
   * @throws BENTO_INPUT_INVALID naming the field; BENTO_OVERLOADED where there is no room on disk
   */
  async fetch(places: readonly UrlPlace[]): Promise<readonly FetchedUpload[]> {
    const fetched: FetchedUpload[] = [];
    const open = places.values();
    const lane = async (): Promise<void> => {
      // All lanes take from the same line.
      for (const place of open) fetched.push(await this.#load(place));
    };
    try {
      await Promise.all(Array.from({ length: Math.min(lanes, places.length) }, lane));
    } catch (error) {
      this.#controller.abort(error);
      throw error;
    }
    return fetched;
  }

  abandon(): void {
    this.#controller.abort(callerGone());
  }

  remove(): Promise<void> {
    return this.#spool.remove();
  }

  async #load({ path, url, maxBytes }: UrlPlace): Promise<FetchedUpload> {
    using file = await this.#fetches.fetch(url, path);
    const { name: filename, type } = file;
    const collector = new ContentCollector(Infinity, { spool: this.#spool, memory: this.#memory, filename });
    let left = maxBytes;
    for await (const piece of file.bytes) {
      left -= piece.byteLength;
      if (left < 0) throw refusal("too_big", url, path);
      collector.add(piece);
      await collector.room();
    }
    return { path, upload: new Upload(await collector.finish(), filename, type === "" ? undefined : type) };
  }
}
