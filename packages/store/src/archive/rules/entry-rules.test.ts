import { BentoError } from "@bento/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ArchiveEntry } from "../container/container.js";
import { EntryRules } from "./entry-rules.js";
import { defaultLimits, limitsOf } from "./limits.js";

type Entry = Pick<ArchiveEntry, "path" | "kind" | "target">;

const file = (path: string): Entry => ({ path, kind: "file", target: "" });
const folder = (path: string): Entry => ({ path, kind: "folder", target: "" });
const symlink = (path: string, target: string): Entry => ({ path, kind: "symlink", target });
const hardlink = (path: string, target: string): Entry => ({ path, kind: "hardlink", target });

function admitAll(entries: readonly Entry[], limits = defaultLimits): EntryRules {
  const rules = new EntryRules(limits, "linux");
  for (const entry of entries) rules.admit(entry);
  return rules;
}

function refusal(entries: readonly Entry[], limits = defaultLimits): string {
  try {
    admitAll(entries, limits).resolveLinks();
  } catch (error) {
    if (BentoError.is(error, "BENTO_ARCHIVE_UNSAFE")) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

test("folders may come again, before or after what they hold, and the top is nobody's", () => {
  const rules = admitAll([folder("."), file("a/b"), folder("a"), folder("./a/"), file("a/c"), folder("a/d/e")]);
  expect(rules.admit(folder("./"))).toBeUndefined();
  expect(rules.admit(file("./a//d/f"))).toEqual({ path: "a/d/f", kind: "file" });
});

describe("nothing hides anything else", () => {
  test.each<[string, readonly Entry[], RegExp]>([
    ["a file twice", [file("f"), file("f")], /"f": it comes twice/],
    ["a file in another spelling", [file("model.yaml"), file("./model.yaml")], /"\.\/model\.yaml": it comes twice/],
    ["a file where a folder is", [file("d/f"), file("d")], /"d": it comes twice, first as a folder/],
    ["a folder where a file is", [file("d"), folder("d")], /"d" is a file already/],
    ["a file below a file", [file("d"), file("d/f")], /"d\/f": "d" is a file already/],
    ["a file below a link", [file("f"), symlink("l", "f"), file("l/x")], /"l\/x": "l" is a link already/],
    ["a link in a file's place", [file("f"), symlink("f", "g")], /"f": it comes twice, first as a file/],
    ["a file in a link's place", [symlink("f", "g"), file("f")], /first as a link/],
    ["a file that is named like a folder", [file("f/")], /named like one/],
    ["the top as a file", [file(".")], /named like one/],
    ["a device", [{ path: "null", kind: "special", target: "" }], /"null": it is neither/],
  ])("%s", (_, entries, message) => {
    expect(refusal(entries)).toMatch(message);
  });
});

describe("links to files of the archive are those files", () => {
  test("before and behind them, through other links, from other folders", () => {
    const rules = admitAll([symlink("a", "b"), symlink("b", "d/../c"), file("c"), hardlink("d/h", "./c"), symlink("d/up", "../c")]);
    expect(rules.resolveLinks()).toEqual(["a", "b", "d/h", "d/up"].map((path) => ({ path, target: "c" })));
  });

  test("a long chain is walked once", () => {
    const links = Array.from({ length: 20_000 }, (_, index) => symlink(`l${index}`, `l${index + 1}`));
    expect(admitAll([...links, file("l20000")]).resolveLinks()).toHaveLength(20_000);
  });

  test.each<[string, readonly Entry[], RegExp]>([
    ["out", [symlink("l", "../x")], /"l": it is a link to "\.\.\/x"; it leads out/],
    ["out from below", [symlink("d/l", "../../x")], /leads out/],
    ["out, hard", [hardlink("d/l", "../x")], /leads out/],
    ["absolute", [symlink("l", "/etc/passwd")], /"\/etc\/passwd"; its name is absolute/],
    ["nowhere", [symlink("l", "gone")], /"l": it is a link to "gone", which is not in the archive/],
    ["to nothing", [symlink("l", "")], /leads nowhere/],
    ["to a folder", [folder("d"), symlink("l", "d")], /which is a folder/],
    ["to the top", [file("f"), symlink("l", ".")], /which is a folder/],
    ["to itself", [symlink("l", "l")], /leads back to itself/],
    ["in a circle", [symlink("a", "b"), symlink("b", "c"), symlink("c", "b")], /leads back to itself/],
    ["to a drive", [symlink("l", "C:\\x")], /drive/],
    ["out, then a file through it", [symlink("out", "d"), file("d/x"), file("out/evil")], /"out" is a link already/],
  ])("but not %s", (_, entries, message) => {
    expect(refusal(entries)).toMatch(message);
  });
});

test("what is counted are files, folders and links, the folders in between too", () => {
  const limits = limitsOf({ maxEntries: 3 });
  admitAll([file("a/b/c"), folder("a")], limits);
  expect(refusal([file("a/b/c"), file("d")], limits)).toMatch(/maxEntries is 3/);
});

test("a million files and folders are taken by default", () => {
  expect(defaultLimits.maxEntries).toBe(1_000_000);
  const limits = limitsOf({ maxEntries: 1000 });
  const files = Array.from({ length: 1000 }, (_, index) => file(`f${index}`));
  admitAll(files, limits);
  expect(refusal([...files, file("one more")], limits)).toMatch(/maxEntries is 1,000/);
});

test("limits are numbers under their own names", () => {
  expect(limitsOf({ maxBytes: 5, maxDepth: undefined as never })).toEqual({ ...defaultLimits, maxBytes: 5 });
  expect(limitsOf({ maxRatio: Number.POSITIVE_INFINITY }).maxRatio).toBe(Number.POSITIVE_INFINITY);
  for (const bad of [{ maxBytes: -1 }, { maxBytes: Number.NaN }, { maxBytes: "5" }, { maxbytes: 5 }]) {
    expect(() => limitsOf(bad as never)).toThrow(expect.objectContaining({ code: "BENTO_BAD_REQUEST" }));
  }
});

const name = fc.constantFrom("a", "b", "a/b", "a/b/c", "./a", "a/../b", "../a", "/a", "", ".", "A", "a/");
const anyEntry = fc.record({
  path: name,
  kind: fc.constantFrom<ArchiveEntry["kind"]>("file", "folder", "symlink", "hardlink", "special"),
  target: name,
});

test("whatever comes, what is admitted is one tree of files and folders", () => {
  fc.assert(
    fc.property(fc.array(anyEntry, { maxLength: 12 }), (entries) => {
      const rules = new EntryRules(defaultLimits, "linux");
      const files = new Set<string>();
      const folders = new Set<string>();
      try {
        for (const entry of entries) {
          const admitted = rules.admit(entry);
          if (admitted === undefined) continue;
          if (admitted.kind === "folder") folders.add(admitted.path);
          else if (files.has(admitted.path)) return false;
          else files.add(admitted.path);
          for (let at = admitted.path.indexOf("/"); at !== -1; at = admitted.path.indexOf("/", at + 1))
            folders.add(admitted.path.slice(0, at));
        }
        for (const { path, target } of rules.resolveLinks()) if (!files.has(path) || !files.has(target)) return false;
      } catch (error) {
        if (!BentoError.is(error, "BENTO_ARCHIVE_UNSAFE")) return false;
      }
      return [...files].every((path) => !folders.has(path));
    }),
    { numRuns: 5000 },
  );
});

test("paths may be long, but not all of them: every one is kept", () => {
  const limits = limitsOf({ maxEntries: 100 });
  const long = (index: number): string => Array.from({ length: 16 }, () => String(index).padStart(250, "x")).join("/");
  expect(
    refusal(
      Array.from({ length: 30 }, (_, index) => file(long(index))),
      limits,
    ),
  ).toMatch(/paths are too long together/);
  expect(
    refusal(
      Array.from({ length: 30 }, (_, index) => symlink(String(index), `x/../${long(0)}`)),
      limits,
    ),
  ).toMatch(/too long together/);
  admitAll(
    Array.from({ length: 90 }, (_, index) => file(String(index).padStart(250, "x"))),
    limits,
  );
});
