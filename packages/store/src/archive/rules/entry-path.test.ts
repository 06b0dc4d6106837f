import { BentoError } from "@bento/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readEntryPath, readLinkTarget } from "./entry-path.js";
import { defaultLimits } from "./limits.js";

const rules = { limits: defaultLimits, platform: "linux" as const };
const windows = { limits: defaultLimits, platform: "win32" as const };

function thrown(work: () => unknown): BentoError {
  try {
    work();
  } catch (error) {
    if (BentoError.is(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("names are read as Python reads them", () => {
  test.each([
    ["a", "a"],
    ["./a", "a"],
    ["././a//b", "a/b"],
    [".", ""],
    ["./", ""],
    ["sub/", "sub"],
    ["d/../ok", "ok"],
    ["d/e/../../f", "f"],
    ["...", "..."],
    ["./..x", "..x"],
    ["a:b", "a:b"],
    ["back\\slash.txt", "back\\slash.txt"],
    ["new\nline", "new\nline"],
    ["tab\there", "tab\there"],
    ["\u202ertl", "\u202ertl"],
    ["percent%2e%2e%2f", "percent%2e%2e%2f"],
    ["~tilde", "~tilde"],
    ["con", "con"],
    ["ä".repeat(127), "ä".repeat(127)],
  ])("%j is %j", (raw, path) => {
    expect(readEntryPath(raw, rules)).toBe(path);
  });
});

describe("what leads out, on any system, is refused on all", () => {
  test.each([
    ["", /empty/],
    ["/x", /absolute/],
    ["//host/share/x", /absolute/],
    ["../x", /leads out/],
    ["./../x", /leads out/],
    ["d/../../evil", /leads out/],
    ["../root/back", /leads out/],
    ["..", /leads out/],
    ["\\x", /Windows/],
    ["\\\\?\\C:\\x", /Windows/],
    ["..\\evil", /Windows/],
    ["a\\..\\..\\evil", /Windows/],
    ["C:\\evil", /drive/],
    ["c:/evil", /drive/],
    ["C:..\\evil", /drive/],
    ["C:../evil", /drive/],
    ["a\0b", /NUL/],
    ["caf\udce9", /Unicode/],
    ["n".repeat(256), /255 bytes/],
    ["ä".repeat(128), /255 bytes/],
  ])("%j", (raw, message) => {
    const error = thrown(() => readEntryPath(raw, rules));
    expect(error.code).toBe("BENTO_ARCHIVE_UNSAFE");
    expect(error.message).toMatch(message);
    expect(error.message).toContain(JSON.stringify(raw).slice(1, 5));
  });
});

describe("what a disk of Windows cannot hold is refused there", () => {
  test.each(["a:b", "C:x", "back\\slash", "new\nline", "con", "aux.txt", "dot.", "trail ", "star*"])("%j", (raw) => {
    expect(readEntryPath(raw, rules)).toBe(raw);
    expect(thrown(() => readEntryPath(raw, windows)).code).toBe("BENTO_ARCHIVE_UNSAFE");
  });
});

test("length and depth have limits that the message names", () => {
  const deep = thrown(() => readEntryPath(Array.from({ length: 66 }, () => "d").join("/"), rules));
  expect(deep.message).toMatch(/maxDepth is 64/);
  expect(deep.hint).toMatch(/maxDepth/);
  expect(readEntryPath(Array.from({ length: 65 }, () => "d").join("/"), rules)).toHaveLength(129);
  const long = thrown(() => readEntryPath(Array.from({ length: 40_000 }, () => "d").join("/"), rules));
  expect(long.message).toMatch(/maxPathBytes is 4,096/);
  expect(long.message.length).toBeLessThan(500);
  expect(readEntryPath("a/b", { limits: { ...defaultLimits, maxPathBytes: 3 }, platform: "linux" })).toBe("a/b");
});

const odd = fc.oneof(
  fc.constantFrom("..", ".", "", "/", "\\", "C:", "a", "..\\", "\0", "\n", "é", "e\u0301", "\ud800", "..a", "~", "con", " "),
  fc.string({ unit: "binary", maxLength: 5 }),
);
const anyPath = fc.array(odd, { maxLength: 8 }).chain((parts) => fc.constantFrom(parts.join("/"), parts.join("\\"), parts.join("")));

test("whatever the name, the result stays inside, or it is refused by a code that is known", () => {
  fc.assert(
    fc.property(anyPath, fc.constantFrom<NodeJS.Platform>("linux", "win32", "darwin"), (raw, platform) => {
      let path;
      try {
        path = readEntryPath(raw, { limits: defaultLimits, platform });
      } catch (error) {
        return BentoError.is(error, "BENTO_ARCHIVE_UNSAFE");
      }
      const parts = path === "" ? [] : path.split("/");
      return (
        parts.every((part) => part !== "" && part !== "." && part !== ".." && !part.includes("\0")) && !/^(?:\/|\\|[a-z]:[/\\])/i.test(path)
      );
    }),
    { numRuns: 3000 },
  );
});

test("a path that was read is read as itself", () => {
  fc.assert(
    fc.property(anyPath, (raw) => {
      let path;
      try {
        path = readEntryPath(raw, rules);
      } catch {
        return true;
      }
      return path === "" || readEntryPath(path, rules) === path;
    }),
    { numRuns: 3000 },
  );
});

test("the target of a link is read from where the link lies", () => {
  expect(readLinkTarget("a/l", "../f", "a", rules)).toBe("f");
  expect(readLinkTarget("l", "./f", "", rules)).toBe("f");
  for (const target of ["../f", "/etc/hostname", "C:\\f", "..\\f", "", "a\0b", "x".repeat(5000)]) {
    const error = thrown(() => readLinkTarget("l", target, "", rules));
    expect(error.code).toBe("BENTO_ARCHIVE_UNSAFE");
    expect(error.message).toContain('"l"');
  }
});
