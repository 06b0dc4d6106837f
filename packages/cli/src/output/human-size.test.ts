import { expect, test } from "vitest";
import { humanSize } from "./human-size.js";

test.each([
  [0, "0.00 B"],
  [1023, "1023.00 B"],
  [1024, "1.00 KiB"],
  [5427, "5.30 KiB"],
  [1_048_575, "1024.00 KiB"],
  [123_456_789, "117.74 MiB"],
  [1_125_899_906_842_624, "1.00 PiB"],
  [1_152_921_504_606_846_976, "1024.00 PiB"],
])("%d bytes are %s", (bytes, text) => {
  expect(humanSize(bytes)).toBe(text);
});
