import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { errorOf } from "../../test/model-store-contract.js";
import { exportPath } from "./export-path.js";
import type { ArchiveFormat } from "../archive/format.js";

const model = { native: "bentomodel", baseName: "m-1.0" } as const;

describe("where a model goes", () => {
  test.each<[given: string, format: ArchiveFormat | undefined, path: string, as: ArchiveFormat]>([
    ["/d/o1", undefined, "/d/o1.bentomodel", "bentomodel"],
    ["/d/o.bentomodel", undefined, "/d/o.bentomodel", "bentomodel"],
    ["/d/o.tar.gz", undefined, "/d/o.tar.gz", "gz"],
    ["/d/o.tar.zst", undefined, "/d/o.tar.zst", "zst"],
    ["/d/o.tgz", undefined, "/d/o.tgz.bentomodel", "bentomodel"],
    ["/d/o.txt", undefined, "/d/o.txt.bentomodel", "bentomodel"],
    ["/d/o", "gz", "/d/o", "gz"],
    ["/d/o.tar", "bentomodel", "/d/o.tar.bentomodel", "bentomodel"],
    ["/d/o.zip", "gz", "/d/o.zip", "gz"],
    ["/d/", "gz", "/d/m-1.0.gz", "gz"],
    ["/d/", undefined, "/d/m-1.0.bentomodel", "bentomodel"],
    ["/missing/x", undefined, "/missing/x.bentomodel", "bentomodel"],
    ["/d.gz/", undefined, "/d.gz/m-1.0.bentomodel", "bentomodel"],
    ["/d/f", "folder", "/d/f", "folder"],
    ["/d/f/", "folder", "/d/f", "folder"],
    ["/d/a?b#c d%20", undefined, "/d/a?b#c d%20.bentomodel", "bentomodel"],
    ["~/x.tar", undefined, join(process.cwd(), "~/x.tar"), "tar"],
    ["./a.tar", undefined, join(process.cwd(), "a.tar"), "tar"],
    ["a", "xz", join(process.cwd(), "a"), "xz"],
    ["", undefined, join(process.cwd(), "m-1.0.bentomodel"), "bentomodel"],
  ])("%s as %s: %s", (given, format, path, as) => {
    expect(exportPath(given, { ...model, format, isFolder: false })).toEqual({ path, format: as });
  });

  test.each<[given: string, format: ArchiveFormat | undefined, path: string, as: ArchiveFormat]>([
    ["/d", undefined, "/d/m-1.0.bentomodel", "bentomodel"],
    ["/d/x.gz", undefined, "/d/x.gz/m-1.0.gz", "gz"],
    ["/d/x.gz", "zip", "/d/x.gz/m-1.0.zip", "zip"],
    [".", "tar", join(process.cwd(), "m-1.0.tar"), "tar"],
    ["/d", "folder", "/d/m-1.0", "folder"],
    ["/d/", "folder", "/d/m-1.0", "folder"],
    ["/", undefined, "/m-1.0.bentomodel", "bentomodel"],
  ])("%s, a folder, as %s: %s", (given, format, path, as) => {
    expect(exportPath(given, { ...model, format, isFolder: true })).toEqual({ path, format: as });
  });

  test("an unknown format is refused", async () => {
    const error = await errorOf(() => exportPath("/d/x", { ...model, format: "tar.gz" as never, isFolder: false }));
    expect(error.code).toBe("BENTO_BAD_REQUEST");
  });
});

test("where a bento goes", () => {
  const bento = { native: "bento", baseName: "b-1", format: undefined, isFolder: false } as const;
  expect(exportPath("/d/o", bento)).toEqual({ path: "/d/o.bento", format: "bento" });
  expect(exportPath("/d/", bento)).toEqual({ path: "/d/b-1.bento", format: "bento" });
  expect(exportPath("/d/o.bentomodel", bento)).toEqual({ path: "/d/o.bentomodel.bento", format: "bento" });
});
