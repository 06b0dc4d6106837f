import { expect, test } from "vitest";
import { parseByteSize } from "./byte-size.js";

test.each([
  ["0", 0],
  ["500", 500],
  ["500B", 500],
  ["10KiB", 10_240],
  ["10 KiB", 10_240],
  ["10k", 10_240],
  ["10KB", 10_000],
  ["1.5GiB", 1_610_612_736],
  ["2gb", 2_000_000_000],
  ["1T", 1_099_511_627_776],
])("%s is %d bytes", (text, bytes) => {
  expect(parseByteSize(text)).toBe(bytes);
});

test.each(["", "ten", "-1", "1.", "10XiB", "10 MiB/s", "1e3", "0x10"])("%j is refused", (text) => {
  expect(() => parseByteSize(text)).toThrow("Write a size such as");
});
