/** A moment as Python keeps it. */
export interface PythonTime {
  /** The moment, in whole milliseconds. */
  readonly date: Date;
  /** Python's `isoformat()`: six digits of fraction or none, and the offset it was written with. */
  readonly text: string;
}

const pattern =
  /^(\d{4})-?(\d\d?)-?(\d\d?)(?:(?:[^\d]|[ \t]+)(\d\d?)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d*))?)?)?[ \t]*(Z|[-+]\d\d?(?::?\d\d(?::?\d\d)?)?)?)?$/i;

/**
 * Reads a time as a YAML timestamp or as Python's `datetime.fromisoformat` does; `undefined` when the text is none or
 * the time does not exist. Digits beyond the microsecond are cut, a day alone is its midnight.
 *
 * A time without an offset is taken as UTC: Python has no single answer (it refuses to compare such a time with others).
 */
export function readTimestamp(text: string): PythonTime | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const micros = (match[7] ?? "").slice(0, 6).padEnd(6, "0");
  const offset = readOffset(match[8]);
  if (offset === undefined || hour > 23 || minute > 59 || second > 59 || year < 1) return undefined;
  const local = new Date(0);
  local.setUTCFullYear(year, month - 1, day);
  local.setUTCHours(hour, minute, second, Number(micros.slice(0, 3)));
  if (local.getUTCMonth() !== month - 1 || local.getUTCDate() !== day) return undefined;
  return { date: new Date(local.getTime() - offset * 1000), text: `${wallClock(local, micros)}${offsetText(offset)}` };
}

/**
 * Python's `isoformat()` of a moment in UTC. The year must be one of 1 to 9999.
 * @param microseconds what the moment has beyond its milliseconds, 0 to 999
 */
export function isoFormat(date: Date, microseconds = 0): string {
  const digits = (number: number): string => String(number).padStart(3, "0");
  return `${wallClock(date, digits(date.getUTCMilliseconds()) + digits(microseconds))}+00:00`;
}

/** By hand: `toISOString` is slow the first time that a process uses it, and every worker reads such a moment at its start. */
function wallClock(date: Date, micros: string): string {
  const [month, ...rest] = [date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
  const [day, hour, minute, second] = rest.map(two);
  const year = String(date.getUTCFullYear()).padStart(4, "0");
  const whole = `${year}-${two(month)}-${day}T${hour}:${minute}:${second}`;
  return micros === "000000" ? whole : `${whole}.${micros}`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}

/** Seconds east of UTC; `undefined` when there is no such offset. */
function readOffset(text: string | undefined): number | undefined {
  if (text === undefined || text.toUpperCase() === "Z") return 0;
  const digits = text.slice(1).replaceAll(":", "");
  const hours = Number(digits.length === 1 ? digits : digits.slice(0, 2));
  const minutes = Number(digits.slice(2, 4));
  const seconds = hours * 3600 + minutes * 60 + Number(digits.slice(4, 6));
  if (seconds >= 86_400 || minutes > 59) return undefined;
  return text.startsWith("-") ? -seconds : seconds;
}

function offsetText(offset: number): string {
  const size = Math.abs(offset);
  const parts = [Math.floor(size / 3600), Math.floor(size / 60) % 60, ...(size % 60 === 0 ? [] : [size % 60])];
  return `${offset < 0 ? "-" : "+"}${parts.map((part) => String(part).padStart(2, "0")).join(":")}`;
}
