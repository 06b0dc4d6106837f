import { destination, pino } from "pino";

import type { Logger } from "./http/log.js";

/** A logger that keeps lines back for a moment. */
export interface FlushableLogger extends Logger {
  /** Writes what is kept back. */
  flush(): void;
  /** Writes what is kept back, and no longer looks out for the end of the process. */
  close(): void;
}

/** Lines are written together: one system call for each request would cost more than the request. */
const bufferBytes = 8 * 1024;
const flushEveryMs = 250;

/** The log of `serve()`: JSON lines on standard output, at most {@link flushEveryMs} late. */
export function defaultLogger(): FlushableLogger {
  const target = destination({ dest: 1, sync: true, minLength: bufferBytes, periodicFlush: flushEveryMs });
  const logger = pino({ base: null }, target);
  const flush = () => target.flushSync();
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
      flush();
    },
  };
}
