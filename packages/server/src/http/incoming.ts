import type { Writable } from "node:stream";

import type { FetchedUpload } from "../bodies/fetched-upload.js";
import type { Form } from "../bodies/form.js";
import type { Upload } from "../bodies/upload.js";
import type { InputBody } from "../input-streams/input-body.js";
import type { Packing } from "../packing/packing.js";

/**
 * The body of a request: the bytes that came, or the value that another framework's body parser made of them; where the
 * endpoint takes such, a form, or a file. Bytes are JSON or text unless they say what they are.
 */
export type Body = (
  | { readonly bytes: Uint8Array; readonly packing?: Packing }
  | { readonly value: unknown }
  | { readonly form: Form }
  | { readonly file: Upload }
) & {
  /** What its URLs led to, where it has such. */
  readonly fetched?: readonly FetchedUpload[];
};

/** The body of a call: as a whole, or what its method reads while it comes. */
export type CallBody = Body | { readonly input: InputBody };

/** Takes a body that was read, or the reason why it could not be. */
export type TakeBody = (outcome: Body | Error) => void;

/** A request as the pipeline sees it, whichever way it came in: from a socket or as a web-standard `Request`. */
export interface Incoming {
  readonly method: string;
  /** Path below the place where the app is mounted, percent-decoded, starting with `/`. */
  readonly path: string;
  /** Where the app is mounted: `""`, or a path such as `/digits`. */
  readonly mount: string;
  /** Absolute URL as the caller wrote it. */
  readonly url: string;
  /** Made on first access: most calls never look at more than one or two headers. */
  readonly headers: Headers;
  /** The same, names and values by turns, as they came. */
  readonly rawHeaders: readonly string[];
  /** Address of the peer, where known. */
  readonly remote: string | undefined;
  /** One header; the name in lower case. */
  header(name: string): string | undefined;
  /**
   * Reads the whole body; called at most once, and calls back at most once.
   *
   * Fails with BENTO_PAYLOAD_TOO_LARGE as soon as more than `maxBytes` are announced or arrive. A caller that goes away
   * in the middle is told through {@link Incoming.onGone}.
   */
  readBody(maxBytes: number, take: TakeBody): void;
  /**
   * Reads the whole body into a stream, no faster than that takes it, and ends it after the last piece; in place of
   * {@link Incoming.readBody}.
   *
   * Calls back where that cannot be: with the body, where somebody before has read it, or with an error. That of the
   * stream itself is for those who listen to it, and for them to abandon the body then.
   */
  pipeBody(target: Writable, maxBytes: number, take: TakeBody): void;
  /** Whether part of the body was read, and the rest has not come. */
  readonly isHalfRead: boolean;
  /** Stops reading a body that nobody waits for any more. */
  abandonBody(): void;
  /** Calls back when the connection ends, which it may also do after a complete answer. */
  onGone(listener: () => void): void;
}
