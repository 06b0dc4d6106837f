import { expect, test } from "vitest";
import { visible } from "./visible.js";

test("control characters are written out, letters of every language are not", () => {
  expect(visible("a\u001B[2Jb\r\n\u0000\u007F\u009B")).toBe("a\\u001b[2Jb\\r\\n\\u0000\\u007f\\u009b");
  expect(visible("déjà 模型 🧪 \\n")).toBe("déjà 模型 🧪 \\n");
});
