import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { baseName } from "./file-name.js";

describe("baseName", () => {
  it.each([
    ["report.pdf", "report.pdf"],
    ["/etc/passwd", "passwd"],
    ["../../x.sh", "x.sh"],
    ["C:\\Users\\me\\photo.jpg", "photo.jpg"],
    ["\\\\host\\share\\a.txt", "a.txt"],
    ["C:autoexec.bat", "autoexec.bat"],
    ["a/b\\c/d.txt", "d.txt"],
    ["a\u0000b\r\n.txt\u001b[31m", "ab.txt[31m"],
    ["photo\u202egpj.exe", "photogpj.exe"],
    ["bad\ud800.txt", "bad\ufffd.txt"],
    ["naïve 文件 🎉.png", "naïve 文件 🎉.png"],
    ["  spaced.txt ", "spaced.txt"],
    [".env", ".env"],
    ["a..b", "a..b"],
  ])("of %j is %j", (name, base) => {
    expect(baseName(name)).toBe(base);
  });

  it.each([[""], ["/"], ["."], [".."], ["a/.."], ["a\\"], ["\u0000"], ["C:"], [" "], ["a/. "]])("of %j is none", (name) => {
    expect(baseName(name)).toBeUndefined();
  });

  it("holds a long name to 255 bytes of whole characters and keeps its extension", () => {
    expect(baseName(`${"a".repeat(300)}.jpeg`)).toBe(`${"a".repeat(250)}.jpeg`);
    expect(baseName(`${"🎉".repeat(100)}.png`)).toBe(`${"🎉".repeat(62)}.png`);
    expect(baseName(`a.${"b".repeat(300)}`)).toBe(`a.${"b".repeat(253)}`);
  });

  it("never leads out of a folder, and stays as it is when it is taken again", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(fc.nat(0xffff), { maxLength: 400 }).map((units) => String.fromCharCode(...units)),
          fc.array(fc.constantFrom("/", "\\", "..", ".", "C:", "\u0000", "\udc00", " ", "x")).map((parts) => parts.join("")),
        ),
        (name) => {
          const base = baseName(name);
          if (base === undefined) return;
          // oxlint-disable-next-line no-control-regex -- they must be gone
          expect(base).not.toMatch(/[/\\\u0000-\u001f\u007f-\u009f]|^\.{1,2}$|^$/);
          expect(new TextEncoder().encode(base).length).toBeLessThanOrEqual(255);
          expect(base).not.toMatch(/\p{Surrogate}/u);
          expect(baseName(base)).toBe(base);
        },
      ),
    );
  });
});
