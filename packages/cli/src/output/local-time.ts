/** A time in the zone of this machine: `2026-11-21 12:24:59`. */
export function localTime(time: Date): string {
  const day = [time.getFullYear(), time.getMonth() + 1, time.getDate()].map((part, i) => String(part).padStart(i === 0 ? 4 : 2, "0"));
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, "0"));
  return `${day.join("-")} ${clock.join(":")}`;
}
