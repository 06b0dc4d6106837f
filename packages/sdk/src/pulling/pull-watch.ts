/** Who starts a service, and is told which models are fetched for it. */
export interface PullWatch {
  /** Aborted when nobody waits for them any more: then they are not fetched to their end. */
  readonly signal?: AbortSignal | undefined;
  /** Gets a line for the beginning, the way and the end of each; without one all is done in silence. */
  readonly logger?: PullLogger | undefined;
  /** Whether a bar shows the way, where stderr is a terminal. @default false */
  readonly showsBar?: boolean | undefined;
}

/** Where lines go; a pino logger fits. */
export interface PullLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}
