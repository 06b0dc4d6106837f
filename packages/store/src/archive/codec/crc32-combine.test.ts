import fc from "fast-check";
import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import { combineCrc32 } from "./crc32-combine.js";

test("two sums combine to the sum of both", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), fc.uint8Array({ maxLength: 5000 }), (first, second) => {
      expect(combineCrc32(crc32(first), crc32(second), second.length)).toBe(crc32(Buffer.concat([first, second])));
    }),
  );
});
