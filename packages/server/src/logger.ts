import { isatty } from "node:tty";

import { destination, pino } from "pino";

import type { Logger } from "./http/log.js";
import { logText } from "./log-text.js";

/** A logger that keeps lines back for a moment. */
export interface FlushableLogger extends Logger {
  /** Writes what is kept back. */
  flush(): void;
  /** Writes what is kept back, and no longer looks out for the end of the process. */
  close(): void;
}

/** Lines are written together: one system call for each request would cost more than the request. */
const batchLength = 8 * 1024;
const flushEveryMs = 250;

/**
 * Gathers lines for a destination that writes at once. pino's destination can do so by itself (`minLength`), but then every
 * line outlives the young generation: at 10,000 requests a second collecting them cost a fifth of the throughput.
 */
class LineBatch {
  #lines = "";
  readonly #target: { write(text: string): unknown };
  readonly #length: number;
  readonly #timer: NodeJS.Timeout;

  /** @param length characters that are written together */
  constructor(target: { write(text: string): unknown }, length: number) {
    this.#target = target;
    this.#length = length;
    this.#timer = setInterval(() => this.flush(), flushEveryMs).unref();
  }

  write(line: string): void {
    this.#lines += line;
    if (this.#lines.length >= this.#length) this.flush();
  }

  flush(): void {
    if (this.#lines === "") return;
    const lines = this.#lines;
    this.#lines = "";
    this.#target.write(lines);
  }

  close(): void {
    clearInterval(this.#timer);
    this.flush();
  }
}

/** Where a log goes, and whose it is. */
export interface DefaultLoggerOptions {
  /** File descriptor. @default 1, standard output */
  readonly fd?: number;
  /** The worker process, named in each line. */
  readonly worker?: string;
}

/** The log of `serve()`: JSON lines, at most {@link flushEveryMs} late; on a terminal text, at once. */
export function defaultLogger({ fd = 1, worker }: DefaultLoggerOptions = {}): FlushableLogger {
  const target = destination({ dest: fd, sync: true });
  const batch = isatty(fd) ? new LineBatch({ write: (lines) => target.write(logText(lines)) }, 0) : new LineBatch(target, batchLength);
  const logger = pino({ base: worker === undefined ? null : { worker } }, batch);
  const flush = () => batch.flush();
  // A process that ends without closing its server, by a failure for instance, is the one whose last lines are wanted most.
  process.on("exit", flush);
  return {
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    // What went wrong is wanted at once.
    error: (fields, message) => {
      logger.error(fields, message);
      flush();
    },
    flush,
    close: () => {
      process.off("exit", flush);
      batch.close();
    },
  };
}
