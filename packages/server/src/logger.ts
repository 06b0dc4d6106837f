import { createRequire } from "node:module";
import { isatty } from "node:tty";

import type * as Pino from "pino";

import type { Logger } from "./http/log.js";
import { logText } from "./log-text.js";

/** A logger that keeps lines back for a moment. */
export interface BufferedLogger extends Logger {
  /** Loads what writes the lines, lest there is no descriptor left for that when the first one comes. Takes ten milliseconds. */
  open(): void;
  /** Writes what is kept back, and no longer looks out for the end of the process. */
  close(): void;
}

/** Lines are written together: one system call for each request would cost more than the request. */
const batchLength = 8 * 1024;
const flushEveryMs = 250;
/** What was logged before pino is there waits so long: a moment in which the first requests are answered, not held up by loading it. */
const firstFlushMs = 50;

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

type Level = "info" | "warn" | "error";

/** A line that was logged before pino was there. */
interface EarlyLine {
  readonly level: Level;
  /** See `Date.now()`. */
  readonly at: number;
  readonly fields: object;
  readonly message: string;
}

const require = createRequire(import.meta.url);

/**
 * Lines as pino writes them. It is loaded when the first ones are written and not when they are logged, since a start and
 * the first answers would have to wait for it.
 */
class LineLog implements BufferedLogger {
  readonly #options: DefaultLoggerOptions;
  #early: EarlyLine[] = [];
  #pino: Pino.Logger | undefined;
  #batch: LineBatch | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** When the line was logged that is written now; `undefined` for just now. */
  #at: number | undefined;
  readonly #onExit = (): void => this.#flush();

  constructor(options: DefaultLoggerOptions) {
    this.#options = options;
    // A process that ends without closing its server, by a failure for instance, is the one whose last lines are wanted most.
    process.on("exit", this.#onExit);
  }

  info(fields: object, message: string): void {
    this.#log("info", fields, message);
  }

  warn(fields: object, message: string): void {
    this.#log("warn", fields, message);
  }

  error(fields: object, message: string): void {
    this.#log("error", fields, message);
    // What went wrong is wanted at once.
    this.#flush();
  }

  open(): void {
    if (this.#pino === undefined) this.#open();
    this.#batch?.flush();
  }

  close(): void {
    process.off("exit", this.#onExit);
    this.#flush();
    this.#batch?.close();
  }

  #log(level: Level, fields: object, message: string): void {
    if (this.#pino !== undefined) return this.#pino[level](fields, message);
    this.#early.push({ level, at: Date.now(), fields, message });
    this.#timer ??= setTimeout(() => this.#flush(), firstFlushMs).unref();
  }

  #flush(): void {
    if (this.#early.length > 0) this.#open();
    this.#batch?.flush();
  }

  #open(): void {
    clearTimeout(this.#timer);
    const { fd = 1, worker } = this.#options;
    const loaded = loadPino();
    if (loaded === undefined) {
      this.#timer = setTimeout(() => this.#flush(), flushEveryMs).unref();
      return;
    }
    const { destination, pino } = loaded;
    const target = destination({ dest: fd, sync: true });
    const isTerminal = isatty(fd);
    this.#batch = isTerminal ? new LineBatch({ write: (lines) => target.write(logText(lines)) }, 0) : new LineBatch(target, batchLength);
    const timestamp = (): string => `,"time":${this.#at ?? Date.now()}`;
    this.#pino = pino({ base: worker === undefined ? null : { worker }, timestamp }, this.#batch);
    for (const { level, at, fields, message } of this.#early) {
      this.#at = at;
      this.#pino[level](fields, message);
    }
    this.#at = undefined;
    this.#early = [];
  }
}

/**
 * `undefined` while it cannot be loaded. Without descriptors Node says that there is no such module; a server must not end
 * for want of its log.
 */
function loadPino(): typeof Pino | undefined {
  try {
    return require("pino") as typeof Pino;
  } catch {
    return undefined;
  }
}

/** The log of `serve()`: JSON lines, at most {@link flushEveryMs} late; on a terminal text. */
export function defaultLogger(options: DefaultLoggerOptions = {}): BufferedLogger {
  return new LineLog(options);
}
