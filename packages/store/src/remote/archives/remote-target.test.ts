import { expect, test } from "vitest";
import type { ArchiveFormat } from "../../archive/format.js";
import { remotePath } from "./remote-target.js";

const model = { native: "bentomodel", baseName: "m-1.0" } as const;

test.each<[string, ArchiveFormat | undefined, string, ArchiveFormat]>([
  ["", undefined, "m-1.0.bentomodel", "bentomodel"],
  ["d/", undefined, "d/m-1.0.bentomodel", "bentomodel"],
  ["d/", "gz", "d/m-1.0.gz", "gz"],
  ["x.gz/", "gz", "x.gz/m-1.0.gz", "gz"],
  ["d/o1", undefined, "d/o1.bentomodel", "bentomodel"],
  ["d/o.tar.gz", undefined, "d/o.tar.gz", "gz"],
  ["d/o.tgz", undefined, "d/o.tgz.bentomodel", "bentomodel"],
  ["d/o", "gz", "d/o", "gz"],
  ["d/o.tar", "bentomodel", "d/o.tar.bentomodel", "bentomodel"],
  ["d/o.bentomodel", undefined, "d/o.bentomodel", "bentomodel"],
  ["d/o.bentomodel", "zip", "d/o.bentomodel", "zip"],
  ["d/", "folder", "d", "folder"],
  ["d/o.zip", "folder", "d/o.zip", "folder"],
  ["", "folder", "", "folder"],
])("an export to %j as %s goes to %j, a %s", (given, asked, path, format) => {
  expect(remotePath(given, { ...model, format: asked })).toEqual({ path, format });
});

test.each<[string, ArchiveFormat]>([
  ["d/../x", "tar"],
  ["x", "bento"],
])("an export to %j as %s is refused", (given, format) => {
  expect(() => remotePath(given, { ...model, format })).toThrow(expect.objectContaining({ code: "BENTO_BAD_REQUEST" }) as Error);
});
