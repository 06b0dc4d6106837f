import { BentoError } from "@bento/core";
import { describe, expect, test } from "vitest";
import { archiveFormats, checkFormat, formatOfPath, formatsOf } from "./format.js";

describe("the format that a path stands for", () => {
  test.each([
    ["/d/x.tar.gz", "gz"],
    ["x.gz", "gz"],
    ["x.xz", "xz"],
    ["x.bz2", "bz2"],
    ["x.zst", "zst"],
    ["x.tar", "tar"],
    ["x.zip", "zip"],
    ["x.bentomodel", "bentomodel"],
    ["x.tar.zst", "zst"],
    ["x.tgz", "bentomodel"],
    ["x.GZ", "bentomodel"],
    ["x.txt", "bentomodel"],
    ["x", "bentomodel"],
    ["", "bentomodel"],
    ["x.", "bentomodel"],
    [".gz", "bentomodel"],
    ["..gz", "bentomodel"],
    [".x.gz", "gz"],
    ["/d.gz/x", "bentomodel"],
    ["/d.gz/", "bentomodel"],
    ["x.folder", "bentomodel"],
    ["x.bento", "bentomodel"],
    ["x.constructor", "bentomodel"],
  ])("%s: %s", (path, format) => {
    expect(formatOfPath(path, "bentomodel")).toBe(format);
  });

  test("of a bento", () => {
    expect(formatOfPath("x.bento", "bento")).toBe("bento");
    expect(formatOfPath("x.bentomodel", "bento")).toBe("bento");
    expect(formatOfPath("x.zip", "bento")).toBe("zip");
  });
});

describe("a format by name", () => {
  test("is taken as it is", () => {
    for (const format of formatsOf("bentomodel")) expect(checkFormat(format, "bentomodel")).toBe(format);
    expect(Object.keys(archiveFormats)).toHaveLength(9);
  });

  test.each(["tar.gz", "gzip", "GZ", "", "bento", "toString", 7, undefined, null])(
    "%j is refused, and the message lists what there is",
    (value) => {
      const refusal = (): unknown => checkFormat(value, "bentomodel");
      expect(refusal).toThrow(BentoError);
      expect(refusal).toThrow(
        expect.objectContaining({
          code: "BENTO_BAD_REQUEST",
          hint: expect.stringMatching("bentomodel, gz, xz, bz2, zst, tar, zip, folder"),
        }),
      );
      expect(refusal).toThrow(value === undefined ? "undefined" : JSON.stringify(value));
    },
  );
});
