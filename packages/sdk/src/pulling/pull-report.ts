import type { Progress } from "@bento/store";
import { isatty } from "node:tty";
import { progressLine, progressSentence } from "./progress-text.js";
import type { PullWatch } from "./pull-watch.js";

/** How often a bar is drawn, and how often a log gets a line. Milliseconds. */
const drawMs = 100;
const logMs = 10_000;
const stderrFd = 2;
const defaultColumns = 80;
/** Empties the line that the cursor is in. */
const erase = "\r\u001B[K";

/** There is one line for all: while one draws in it, others tell the log. */
let isLineTaken = false;

/** How far a model is that is fetched: a bar where a person looks, else a line every ten seconds in the log. */
export class PullReport implements Disposable {
  readonly #label: string;
  readonly #logger: PullWatch["logger"];
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #isDrawing: boolean;
  readonly #startedAt = performance.now();
  /** What was there already when it began, after a break. Bytes. */
  #from: number | undefined;
  #progress: Progress | undefined;

  constructor(label: string, { logger, showsBar = false }: PullWatch) {
    this.#label = label;
    this.#logger = logger;
    this.#isDrawing = showsBar && !isLineTaken && isatty(stderrFd);
    if (this.#isDrawing) isLineTaken = true;
    if (!this.#isDrawing && logger === undefined) return;
    this.#timer = setInterval(() => this.#show(), this.#isDrawing ? drawMs : logMs).unref();
  }

  /** Cheap: only the newest state is ever shown. */
  update(progress: Progress): void {
    this.#from ??= progress.bytes;
    this.#progress = progress;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    if (!this.#isDrawing) return;
    isLineTaken = false;
    process.stderr.write(erase);
  }

  #show(): void {
    if (this.#progress === undefined) return;
    const { phase, bytes, total } = this.#progress;
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const state = { label: this.#label, phase, bytes, total, bytesPerSecond: (bytes - (this.#from ?? 0)) / seconds };
    if (this.#isDrawing) process.stderr.write(`${erase}${progressLine(state, (process.stderr.columns ?? defaultColumns) - 1)}`);
    else this.#logger?.info({ bytes, total }, progressSentence(state));
  }
}
