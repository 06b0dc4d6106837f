/** Where a command reads and writes: data goes to `out`, everything else to `err`. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether a person looks at `out` in colour. */
  readonly outHasColor: boolean;
  readonly errHasColor: boolean;
  /** How many columns a person sees of `out`, now; `undefined` where it is a file or a pipe. */
  readonly outColumns: () => number | undefined;
  /** The same of `err`. */
  readonly errColumns: () => number | undefined;
  /** The next line of the input, without its end; `undefined` when there is no more. */
  readonly readLine: () => Promise<string | undefined>;
  /** What a person types at a question, without showing it; `undefined` where nobody can type. @throws BENTO_CANCELLED for Ctrl-C and an end of the input */
  readonly readSecret: (question: string) => Promise<string | undefined>;
  /** The input as bytes. @throws BENTO_BAD_REQUEST where a person types it */
  readonly bytesIn: () => ReadableStream<Uint8Array>;
  /** `out` for bytes. A reader that goes away is an error here, and {@link Terminal.isOutClosed} from then on. @throws BENTO_BAD_REQUEST where a person looks at it */
  readonly bytesOut: () => WritableStream<Uint8Array>;
  /** Whether the reader of {@link Terminal.bytesOut} went away. */
  readonly isOutClosed: () => boolean;
  /**
   * Aborted by the first Ctrl-C. A command that asks for it promises to clean up and end then; until one asks, Ctrl-C
   * ends the process at once.
   */
  readonly interruption: () => AbortSignal;
  /** What aborted {@link Terminal.interruption}. */
  readonly interruptedBy: () => InterruptSignal | undefined;
}

/** The signals that mean "stop, and clean up", with what the process then ends with. */
export const interruptSignals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

export type InterruptSignal = keyof typeof interruptSignals;

const codes = { bold: 1, red: 31, yellow: 33, dim: 2 };

/** The text in a style, where there is colour. */
export function styled(text: string, style: keyof typeof codes, hasColor: boolean): string {
  return hasColor ? `\u001B[${codes[style]}m${text}\u001B[0m` : text;
}
