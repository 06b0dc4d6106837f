import type { Terminal } from "../terminal/terminal.js";
import { progressBar, progressSentence, type ProgressState } from "./progress-line.js";
import { RateMeter } from "./rate-meter.js";

/** How often a bar is drawn, and how often a log gets a line. Milliseconds. */
const drawMs = 100;
const logMs = 10_000;

/** Empties the line that the cursor is in. */
const erase = "\r\u001B[K";

/** Where something is. */
export interface DisplayedProgress {
  readonly phase: "transfer" | "finish";
  readonly bytes: number;
  readonly total: number | undefined;
  /** Replaces the display's label. */
  readonly label?: string | undefined;
}

interface DisplayOptions {
  readonly label: string;
  /** Whether nothing is shown. */
  readonly quiet: boolean;
}

/**
 * Progress on stderr: a bar that is gone at the end where a person looks, a line every ten seconds where nobody does.
 * Work that is done before the first tenth of a second shows nothing.
 */
export class ProgressDisplay implements Disposable {
  readonly #terminal: Terminal;
  readonly #meter = new RateMeter();
  readonly #timer: NodeJS.Timeout | undefined;
  #label: string;
  #progress: DisplayedProgress | undefined;
  #isDrawn = false;

  constructor(terminal: Terminal, { label, quiet }: DisplayOptions) {
    this.#terminal = terminal;
    this.#label = label;
    if (quiet) return;
    const isTerminal = terminal.errColumns() !== undefined;
    this.#timer = setInterval(() => this.#show(), isTerminal ? drawMs : logMs);
    this.#timer.unref();
  }

  /** Cheap: only the newest state is ever shown. */
  update(progress: DisplayedProgress): void {
    // The first sample counts from the beginning, not from the first drawing.
    if (this.#progress === undefined) this.#meter.add(progress.bytes, performance.now());
    this.#progress = progress;
    this.#label = progress.label ?? this.#label;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    if (this.#isDrawn) this.#terminal.err(erase);
  }

  #show(): void {
    if (this.#progress === undefined) return;
    const bytesPerSecond = this.#meter.add(this.#progress.bytes, performance.now());
    const state: ProgressState = { ...this.#progress, label: this.#label, bytesPerSecond };
    const columns = this.#terminal.errColumns();
    if (columns === undefined) {
      this.#terminal.err(`${progressSentence(state)}\n`);
      return;
    }
    // The last column stays free: some terminals begin a new line when it is written.
    this.#terminal.err(`${erase}${progressBar(state, columns - 1)}`);
    this.#isDrawn = true;
  }
}

/** Shows the progress of a transfer until it ends, and answers with its result. */
export async function follow<T>(
  transfer: Promise<T> & AsyncIterable<DisplayedProgress>,
  terminal: Terminal,
  options: DisplayOptions,
): Promise<T> {
  using display = new ProgressDisplay(terminal, options);
  for await (const progress of transfer) display.update(progress);
  return await transfer;
}
