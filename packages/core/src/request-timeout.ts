/** The request header by which a caller says how long it waits for an answer. */
export const requestTimeoutHeader = "x-request-timeout";

/** Seconds, or with a unit; no more digits than a number holds exactly. */
const pattern = /^(\d{1,9}(?:\.\d{1,9})?)(ms|s)?$/;

/**
 * Reads a value of {@link requestTimeoutHeader}: seconds as a decimal (`2`, `0.25`), which may be followed by `s`, or
 * milliseconds with `ms` after them (`500ms`).
 * @returns milliseconds, more than 0; `undefined` for everything else
 */
export function parseRequestTimeout(text: string): number | undefined {
  const [, digits, unit] = pattern.exec(text) ?? [];
  const ms = Number(digits) * (unit === "ms" ? 1 : 1000);
  return ms > 0 ? ms : undefined;
}

/** The longest that can be said. Milliseconds. */
const longestMs = 999_999_999_000;

/** A value for {@link requestTimeoutHeader} that says so many milliseconds, rounded up to whole ones; `undefined` for longer than can be said. */
export function formatRequestTimeout(ms: number): string | undefined {
  return ms <= longestMs ? String(Math.ceil(ms) / 1000) : undefined;
}
