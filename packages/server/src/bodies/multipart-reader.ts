import { badForm, quoted } from "./form-error.js";
import { type PartHead, parsePartHead } from "./part-head.js";

/** Who takes the parts of a form as they come. What these throw, reading fails with. */
export interface PartListener {
  /** A part begins. */
  onPart(head: PartHead): void;
  /** More of it. The bytes are a view of what was read. */
  onContent(bytes: Buffer): void;
  /** It is complete. */
  onPartEnd(): void;
}

/** Where in a form a reader is. */
type Place = "preamble" | "afterBoundary" | "head" | "content" | "afterEnd" | "epilogue";

/** Bytes of all headers of a part. */
const maxHeadBytes = 16 * 1024;
/** Bytes of white space after a boundary. */
const maxPaddingBytes = 256;
/** What is shorter, Node searches for in a way that takes forty times as long where nearly every byte is its first. */
const shortestSearched = 8;
const cr = 13;
const lf = 10;
const dash = 45;
const headEnd = Buffer.from("\r\n\r\n");

/**
 * Reads `multipart/form-data` as it comes.
 *
 * Keeps no more than the headers of one part, and looks at each byte a fixed number of times whatever they are: a
 * boundary is looked for with Boyer and Moore's search, and only at the end of a piece may part of one be left over.
 * What the format does not allow is refused rather than skipped: a field that is silently dropped is harder to find.
 * @source RFC 2046 §5.1.1, RFC 7578
 */
export class MultipartReader {
  readonly #delimiter: Buffer;
  readonly #boundary: string;
  readonly #listener: PartListener;
  #place: Place = "preamble";
  /** What was left of the pieces so far. The first boundary may stand without the line break before it. */
  #rest: Buffer = Buffer.from("\r\n");
  /** The field that is being read. */
  #name: string | undefined;
  /** How much of `#rest` is known to hold no end of the headers. */
  #searched = 0;
  #isClosed = false;

  constructor(boundary: string, listener: PartListener) {
    this.#boundary = boundary;
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
    this.#listener = listener;
  }

  /** Takes the next piece. @throws BENTO_BAD_REQUEST, or what the listener throws */
  push(piece: Buffer): void {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    let at = 0;
    for (;;) {
      const next = this.#step(bytes, at);
      if (next === undefined) break;
      at = next;
    }
  }

  /** There is no more. @throws BENTO_BAD_REQUEST when it is not complete */
  end(): void {
    if (this.#isClosed) return;
    const hint = `A form ends with --${this.#boundary}--.`;
    if (this.#name !== undefined) throw badForm(`The form ends in the middle of the field ${quoted(this.#name)}.`, hint);
    if (this.#place === "preamble") throw badForm(`The body holds no boundary ${quoted(this.#boundary)}.`, hint);
    throw badForm("The form ends before its last boundary.", hint);
  }

  /** Goes on with what is left; `undefined` when that has to wait for more. */
  #step(bytes: Buffer, at: number): number | undefined {
    switch (this.#place) {
      case "preamble":
        return this.#preamble(bytes, at);
      case "afterBoundary":
        return this.#afterBoundary(bytes, at);
      case "head":
        return this.#head(bytes, at);
      case "content":
        return this.#content(bytes, at);
      case "afterEnd":
        return this.#afterEnd(bytes, at);
      case "epilogue":
        return this.#wait(bytes, bytes.length);
    }
  }

  /** Waits for the rest of what begins here. */
  #wait(bytes: Buffer, from: number): undefined {
    this.#rest = bytes.subarray(from);
  }

  /** What stands before the first boundary is nobody's. */
  #preamble(bytes: Buffer, at: number): number | undefined {
    const found = this.#find(bytes, at);
    if (found === -1) return this.#wait(bytes, this.#endOfSafe(bytes, at));
    this.#place = "afterBoundary";
    return found + this.#delimiter.length;
  }

  #content(bytes: Buffer, at: number): number | undefined {
    const found = this.#find(bytes, at);
    const end = found === -1 ? this.#endOfSafe(bytes, at) : found;
    if (end > at) this.#listener.onContent(bytes.subarray(at, end));
    if (found === -1) return this.#wait(bytes, end);
    this.#listener.onPartEnd();
    this.#name = undefined;
    this.#place = "afterBoundary";
    return found + this.#delimiter.length;
  }

  /** Where the next boundary begins, the line break before it; -1 where there is none. */
  #find(bytes: Buffer, at: number): number {
    const delimiter = this.#delimiter;
    if (delimiter.length >= shortestSearched) return bytes.indexOf(delimiter, at);
    for (let from = at; from <= bytes.length - delimiter.length; from += 1) {
      let equal = 0;
      while (equal < delimiter.length && bytes[from + equal] === delimiter[equal]) equal += 1;
      if (equal === delimiter.length) return from;
    }
    return -1;
  }

  /** Where a boundary may begin that is not whole. It holds one carriage return, its first byte, so the last one of these tells. */
  #endOfSafe(bytes: Buffer, at: number): number {
    const last = bytes.lastIndexOf(cr);
    const length = bytes.length - last;
    if (last < at || length >= this.#delimiter.length) return bytes.length;
    return this.#delimiter.compare(bytes, last, bytes.length, 0, length) === 0 ? last : bytes.length;
  }

  /** The last boundary has two more dashes; after any there may be white space, and then a new line. */
  #afterBoundary(bytes: Buffer, at: number): number | undefined {
    if (bytes.length - at < 2) return this.#wait(bytes, at);
    if (bytes[at] === dash && bytes[at + 1] === dash) {
      this.#isClosed = true;
      this.#place = "afterEnd";
      return at + 2;
    }
    const lineEnd = skipPadding(bytes, at);
    if (lineEnd === bytes.length || (lineEnd === bytes.length - 1 && bytes[lineEnd] === cr)) return this.#waitForLine(bytes, at);
    if (bytes[lineEnd] !== cr || bytes[lineEnd + 1] !== lf) throw this.#afterBoundaryError(bytes, at);
    this.#place = "head";
    this.#searched = 0;
    return lineEnd + 2;
  }

  #waitForLine(bytes: Buffer, at: number): undefined {
    if (bytes.length - at > maxPaddingBytes) throw this.#afterBoundaryError(bytes, at);
    return this.#wait(bytes, at);
  }

  /** After the end there may be white space, and behind a new line whatever anybody likes. */
  #afterEnd(bytes: Buffer, at: number): undefined {
    const lineEnd = skipPadding(bytes, at);
    if (lineEnd < bytes.length) {
      if (bytes[lineEnd] !== cr) throw this.#afterBoundaryError(bytes, at);
      this.#place = "epilogue";
    }
    return this.#wait(bytes, bytes.length);
  }

  #head(bytes: Buffer, at: number): number | undefined {
    const found = bytes.indexOf(headEnd, at + this.#searched);
    const length = (found === -1 ? bytes.length : found) - at;
    if (length > maxHeadBytes) throw badForm(`A part of the form has headers of more than ${maxHeadBytes} bytes.`);
    // A part without any header begins with the empty line.
    const isEmpty = bytes[at] === cr && bytes[at + 1] === lf;
    if (found === -1 && !isEmpty) {
      this.#searched = Math.max(0, length - headEnd.length + 1);
      return this.#wait(bytes, at);
    }
    const head = parsePartHead(isEmpty ? bytes.subarray(at, at) : bytes.subarray(at, found));
    this.#name = head.name;
    this.#listener.onPart(head);
    this.#place = "content";
    return found + headEnd.length;
  }

  #afterBoundaryError(bytes: Buffer, at: number): Error {
    return badForm(
      `The boundary ${quoted(this.#boundary)} is followed by ${quoted(bytes.toString("latin1", at, at + 20))}.`,
      "A boundary is a line of its own; the last one has -- at its end.",
    );
  }
}

/** The first place that is no blank and no tab. */
function skipPadding(bytes: Buffer, at: number): number {
  let end = at;
  while (bytes[end] === 32 || bytes[end] === 9) end += 1;
  return end;
}
