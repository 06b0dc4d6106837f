import { expect, test } from "vitest";
import { quoted, unsafeEntry } from "./unsafe.js";

test("a name in a message steers no terminal, and shows what it hides", () => {
  const name = "safe\u202Egnp.exe\u2066\u2069\u001B[2J\u0080\u009F\u007F";
  expect(quoted(name)).toBe('"safe\\u202egnp.exe\\u2066\\u2069\\u001b[2J\\u0080\\u009f\\u007f"');
  expect(unsafeEntry(name, "x").message).toContain(quoted(name));
  expect(quoted("déjà 模型 🧪")).toBe('"déjà 模型 🧪"');
});

test("a long name is cut", () => {
  expect(quoted("x".repeat(300))).toBe(`"${"x".repeat(200)}"... (300 characters)`);
});
