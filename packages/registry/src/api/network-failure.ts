/** A request that got no whole answer: no connection, one that broke, or silence. */
export class NetworkFailure extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "NetworkFailure";
  }
}

/** What of Node's codes means that a server's certificate is not trusted. */
const distrust = /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*(?:CERT|SIGNATURE).*)$/;

/** What to do about a request that got no whole answer. */
export function networkHint({ cause }: NetworkFailure): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (distrust.test(code)) return "Name the certificate of whoever issued it in a file: NODE_EXTRA_CA_CERTS=/path/to/ca.pem.";
  return "Look whether the registry runs, and whether the endpoint is right.";
}

/** The answer behind an error: what tells whether to try again. */
export class RefusedAnswer extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`HTTP ${status}`);
    this.name = "RefusedAnswer";
    this.status = status;
  }
}

/** Statuses from 500 on that say the same the next time: not implemented, and no room left. */
const lasting: ReadonlySet<number> = new Set([501, 505, 507]);

/** Whether the same request may get another answer a little later. */
export function isTransient(error: unknown): boolean {
  if (error instanceof NetworkFailure) return true;
  if (error instanceof RefusedAnswer)
    return error.status === 429 || error.status === 408 || (error.status >= 500 && !lasting.has(error.status));
  return error instanceof Error && error.cause !== undefined && isTransient(error.cause);
}
