/**
 * Cuts framed text into its events again, wherever it was cut on its way. Of our framing a blank line ends each, and none
 * can stand within one, as its data is JSON.
 */
export class EventCutter {
  readonly #decoder = new TextDecoder();
  #rest = "";

  /** The events that this piece completes, each with the blank line that ends it. */
  push(piece: string | Uint8Array): string[] {
    // Where nothing was put together or cut, which is so without workers, each piece is one event.
    if (typeof piece === "string" && this.#rest === "" && piece.length > 2 && piece.indexOf("\n\n") === piece.length - 2) return [piece];
    const text = this.#rest + (typeof piece === "string" ? piece : this.#decoder.decode(piece, { stream: true }));
    const events: string[] = [];
    let start = 0;
    for (let end = text.indexOf("\n\n"); end !== -1; end = text.indexOf("\n\n", start)) {
      events.push(text.slice(start, end + 2));
      start = end + 2;
    }
    this.#rest = text.slice(start);
    return events;
  }
}
