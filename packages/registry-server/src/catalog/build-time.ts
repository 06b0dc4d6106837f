import { BentoError } from "@bento/core";

const pattern = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?\s?(Z|[+-]\d\d:?\d\d)?$/;

/**
 * A time as Python's client or ISO 8601 write it, as text that keeps its microseconds: `2026-01-02T03:04:05.000006Z`. Without a zone it
 * is UTC. All such texts have the same length, so they sort as the times do.
 * @throws BENTO_BAD_REQUEST quoting what is no time
 */
export function buildTime(text: string): string {
  const [, date, time, fraction = "", zone = "Z"] = pattern.exec(text) ?? [];
  const ms =
    date === undefined ? Number.NaN : Date.parse(`${date}T${time}${zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone}`);
  // Years of five digits come of a zone at either end of time.
  if (Number.isNaN(ms) || new Date(ms).getUTCFullYear() < 0 || new Date(ms).getUTCFullYear() > 9999) {
    throw new BentoError("BENTO_BAD_REQUEST", `build_at ${JSON.stringify(text.slice(0, 100))} is no time.`, {
      hint: 'Write it as "2026-01-02 03:04:05.000006" in UTC, or as ISO 8601.',
    });
  }
  return `${new Date(ms).toISOString().slice(0, 19)}.${fraction.padEnd(6, "0").slice(0, 6)}Z`;
}
