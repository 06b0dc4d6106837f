import { describe, expect, it } from "vitest";
import { PlainDate } from "./plain-date.js";

describe("PlainDate", () => {
  it.each(["0001-01-01", "2024-02-29", "2000-02-29", "9999-12-31"])("reads and writes %s", (text) => {
    const date = PlainDate.parse(text);
    expect(date.toString()).toBe(text);
    expect(JSON.stringify({ date })).toBe(`{"date":"${text}"}`);
    expect(date.toDate().toISOString()).toBe(`${text}T00:00:00.000Z`);
    expect(Object.isFrozen(date)).toBe(true);
  });

  it.each(["0000-01-01", "2023-02-29", "1900-02-29", "2024-13-01", "2024-04-31", "2024-01-00", "2024-1-1", "today"])(
    "refuses %s",
    (text) => {
      expect(() => PlainDate.parse(text)).toThrow(expect.objectContaining({ code: "BENTO_MODEL_INVALID" }));
    },
  );
});
