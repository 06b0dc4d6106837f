import { expect, test } from "vitest";
import { visible } from "./visible.js";

test("control characters are written out, letters of every language are not", () => {
  expect(visible("a\u001B[2Jb\r\n\u0000\u007F\u009B")).toBe("a\\u001b[2Jb\\r\\n\\u0000\\u007f\\u009b");
  expect(visible("safe\u202Egnp.exe\u2066x\u2069\u202A\u0080")).toBe("safe\\u202egnp.exe\\u2066x\\u2069\\u202a\\u0080");
  expect(visible("déjà 模型 🧪 \\n")).toBe("déjà 模型 🧪 \\n");
});
