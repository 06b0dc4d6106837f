import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildTime } from "./build-time.js";

describe("the time of a build", () => {
  it.each([
    ["2026-01-02 03:04:05.000006", "2026-01-02T03:04:05.000006Z"],
    ["2026-01-02 03:04:05", "2026-01-02T03:04:05.000000Z"],
    ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000000Z"],
    ["2026-01-02T03:04:05.1234567+00:00", "2026-01-02T03:04:05.123456Z"],
    ["2026-01-02T03:04:05.5+0530", "2026-01-01T21:34:05.500000Z"],
    ["2026-01-02T03:04:05-08:00", "2026-01-02T11:04:05.000000Z"],
  ])("%s is %s", (text, expected) => {
    expect(buildTime(text)).toBe(expected);
  });

  it("stays what it is when it is read again, and sorts as the times do", () => {
    const time = fc.date({ min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T00:00:00Z"), noInvalidDate: true });
    fc.assert(
      fc.property(time, time, (a, b) => {
        const [first, second] = [buildTime(a.toISOString()), buildTime(b.toISOString())];
        expect(buildTime(first)).toBe(first);
        expect(first < second).toBe(a < b);
      }),
    );
  });
});
