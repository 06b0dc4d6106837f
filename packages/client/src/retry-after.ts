/** The longest that is believed: what a timer takes, about 24 days. Milliseconds. */
const longestMs = 2 ** 31 - 1;

/** `Sun, 06 Nov 1994 08:49:37 GMT`, the one form of a date that may still be sent (RFC 9110, section 5.6.7). */
const httpDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/**
 * When a refused call may be tried again, as the header `Retry-After` says: from now on, in milliseconds; `undefined` where
 * it says nothing that can be understood. A date counts from the answer's own, since the two clocks may differ.
 */
export function retryAfterMs(headers: Headers): number | undefined {
  const text = headers.get("retry-after")?.trim() ?? "";
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, longestMs);
  const at = timeOf(text);
  if (at === undefined) return undefined;
  const now = timeOf(headers.get("date")?.trim() ?? "") ?? Date.now();
  return Math.min(Math.max(0, at - now), longestMs);
}

function timeOf(text: string): number | undefined {
  const time = httpDate.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
