import { BentoError } from "@bento/core";

const pattern = /^(\d{4})-(\d{2})-(\d{2})$/;

/**
 * A day of the calendar without a time and without a zone, as Python's `date` and YAML's `2024-01-02`.
 *
 * Immutable. Years run from 1 to 9999, as in Python.
 */
export class PlainDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;

  /** @throws BENTO_MODEL_INVALID when there is no such day */
  constructor(year: number, month: number, day: number) {
    if (!isDay(year, month, day)) {
      throw new BentoError("BENTO_MODEL_INVALID", `There is no day ${year}-${month}-${day}.`, {
        hint: "Years run from 1 to 9999, months from 1 to 12.",
      });
    }
    this.year = year;
    this.month = month;
    this.day = day;
    Object.freeze(this);
  }

  /** Reads `YYYY-MM-DD`. @throws BENTO_MODEL_INVALID quoting the text */
  static parse(text: string): PlainDate {
    const match = pattern.exec(text);
    if (match === null) throw new BentoError("BENTO_MODEL_INVALID", `${JSON.stringify(text)} is not a date such as "2024-01-02".`);
    return new PlainDate(Number(match[1]), Number(match[2]), Number(match[3]));
  }

  /** `YYYY-MM-DD`. */
  toString(): string {
    return `${digits(this.year, 4)}-${digits(this.month, 2)}-${digits(this.day, 2)}`;
  }

  toJSON(): string {
    return this.toString();
  }

  /** The instant at which the day begins in UTC. */
  toDate(): Date {
    return new Date(`${this.toString()}T00:00:00Z`);
  }
}

function isDay(year: number, month: number, day: number): boolean {
  if (![year, month, day].every(Number.isInteger) || year < 1 || year > 9999 || month < 1 || month > 12 || day < 1) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const length = month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  return day <= length;
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, "0");
}
