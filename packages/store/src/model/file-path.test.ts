import { BentoError } from "@bento/core";
import fc from "fast-check";
import { posix } from "node:path";
import { expect, test } from "vitest";
import { canBeStored, checkFilePath, checkNotReserved } from "./file-path.js";

function isRefused(work: () => unknown): boolean {
  try {
    work();
    return false;
  } catch (error) {
    if (BentoError.is(error, "BENTO_MODEL_INVALID")) return true;
    throw error;
  }
}

test("no path that is taken leads out, and each stays what it is", () => {
  const part = fc.constantFrom("a", "..", ".", "", "b.c", "\\", "C:", "\0", "é", "~", "\n");
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const path = parts.join("/");
      if (isRefused(() => checkFilePath(path, "linux"))) return;
      expect(posix.normalize(path)).toBe(path);
      expect(posix.join("/model", path).startsWith("/model/")).toBe(true);
      expect(canBeStored(path)).toBe(true);
    }),
  );
});

test("any text is either taken or refused with the one code", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 300 }), (path) => void isRefused(() => checkFilePath(path))));
});

test.each(["con", "sub/NUL.txt", "com1", "a:b", "a?", "a*", "dot.", "space ", 'q"', "<x>", "a|b"])(
  "%j is refused on Windows alone",
  (path) => {
    expect(isRefused(() => checkFilePath(path, "win32"))).toBe(true);
    expect(isRefused(() => checkFilePath(path, "linux"))).toBe(false);
  },
);

test("reserved names are so at the top only, in any case", () => {
  for (const path of ["model.yaml", "Model.YAML", ".manifest.json", "custom_objects.pkl", "custom_objects/a"]) {
    expect(isRefused(() => checkNotReserved(path))).toBe(true);
    expect(isRefused(() => checkNotReserved(`sub/${path}`))).toBe(false);
  }
});
