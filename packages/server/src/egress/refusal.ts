import { BentoError } from "@bento/core";

/** Where in the input a URL stood: keys and indices, empty for the whole input. */
export type FieldPath = readonly (string | number)[];

/** What can be wrong with the URL of an input, and what its sender is told. */
const reasons = {
  url_invalid: "is no http or https URL without credentials",
  // The same for a name that leads inside and for one that does not exist: nobody is to learn which names do.
  url_refused: "does not lead to where this server fetches from",
  // Neither status nor words of what answered: it may be something inside a network.
  url_failed: "could not be fetched",
  url_too_slow: "could not be fetched in time",
  too_big: "leads to more bytes than this server accepts",
  too_many: "is one more than this server fetches for a request",
} as const;

/** Why the URL of an input was not fetched. */
export type RefusalReason = keyof typeof reasons;

const hints: Partial<Record<RefusalReason, string>> = {
  url_invalid: 'Give a URL such as "https://example.com/cat.png", or send the file itself.',
  url_refused: "Give a public http or https URL with its usual port, or send the file itself.",
};

/** As much of a caller's text as a message repeats. */
const shownLength = 200;

/**
 * The error for a URL that is not fetched. It repeats the caller's own words alone, without credentials and query:
 * nothing of where they led.
 */
export function refusal(reason: RefusalReason, url: string, field: FieldPath, cause?: unknown): BentoError<"BENTO_INPUT_INVALID"> {
  const about = `the URL ${shown(url)} ${reasons[reason]}`;
  const where = field.length === 0 ? "" : ` (at ${field.join(".")})`;
  return new BentoError("BENTO_INPUT_INVALID", `The input is invalid: ${about}${where}.`, {
    hint: hints[reason],
    issues: [{ path: field, message: about, code: reason }],
    ...(cause === undefined ? {} : { cause }),
  });
}

function shown(url: string): string {
  const place = url.replace(/[?#].*$/s, "").replace(/^([a-z][a-z\d+.-]*:[/\\]*)[^/\\]*@/i, "$1");
  return JSON.stringify(place.length > shownLength ? `${place.slice(0, shownLength)}…` : place);
}
