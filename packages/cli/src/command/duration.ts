import { InvalidArgumentError } from "commander";

const units = { h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** When it is over: `12h`, `30d`, `4w` from now, or a date such as `2027-01-31`. @throws InvalidArgumentError */
export function parseExpiry(text: string): Date {
  const [, number, unit] = /^(\d{1,6})([hdw])$/i.exec(text) ?? [];
  const date =
    number === undefined || unit === undefined
      ? parseDate(text)
      : new Date(Date.now() + Number(number) * units[unit.toLowerCase() as keyof typeof units]);
  if (date === undefined) throw new InvalidArgumentError("Write 12h, 30d, 4w, or a date such as 2027-01-31.");
  if (date.getTime() <= Date.now()) throw new InvalidArgumentError("That is over already.");
  return date;
}

function parseDate(text: string): Date | undefined {
  const date = new Date(text);
  return /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z)?$/.test(text) && !Number.isNaN(date.getTime()) ? date : undefined;
}
