/** Text of this length is sent by itself. Characters. */
const longText = 4096;
/** What is gathered before it is sent. Characters. */
const fullText = 1 << 14;

/**
 * Small texts of a stream that come one right after the other, until they are sent together.
 *
 * They are sent as soon as the next one has to be waited for, so that none is late; but a million items that are there
 * at once must not become a million writes.
 */
export class GatheredText {
  readonly #send: (text: string) => void;
  #text = "";
  #isScheduled = false;

  /** @param send sends what was gathered; also called when nobody waits for it any more */
  constructor(send: (text: string) => void) {
    this.#send = send;
  }

  /**
   * Takes a text in, or does not: then it is for the caller to send it, after {@link GatheredText.flush}.
   * @param room characters that may be gathered in all
   */
  add(text: string, room = fullText): boolean {
    if (text.length >= longText || this.#text.length + text.length > Math.min(room, fullText)) return false;
    this.#text += text;
    this.#schedule();
    return true;
  }

  /** Sends what is there, so that something else can follow. */
  flush(): void {
    if (this.#text === "") return;
    const text = this.#text;
    this.#text = "";
    this.#send(text);
  }

  /** What is next in line runs when no promise is left to go on with: when somebody waits for an event. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    process.nextTick(() => {
      this.#isScheduled = false;
      this.flush();
    });
  }
}
