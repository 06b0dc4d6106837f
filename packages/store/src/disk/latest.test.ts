import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tag } from "@bento/core";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { advanceLatest, findLatest, retreatLatest } from "./latest.js";
import { layoutOf, type StoreLayout } from "./layout.js";
import { modelKind } from "../model/model-kind.js";
import { makeModelInfo } from "../model/model-input.js";
import { formatModelYaml } from "../model/model-yaml.js";
import { Workspace } from "./workspace.js";

let layout: StoreLayout;
let folder: string;
let workspace: Workspace;
beforeEach(() => {
  layout = layoutOf(mkdtempSync(join(tmpdir(), "bento-latest-")), modelKind);
  folder = join(layout.items, "clf");
  mkdirSync(folder, { recursive: true });
  workspace = Workspace.open(layout, new Tag("clf"));
});
afterEach(() => {
  workspace.abandon();
  rmSync(layout.home, { recursive: true });
});

/** Makes a version visible as another process would, with a creation time. */
function save(version: string, minute: number): void {
  const info = makeModelInfo(new Tag("clf", version), {}, { creationTime: new Date(Date.UTC(2026, 0, 1, 0, minute)) });
  mkdirSync(join(folder, version));
  writeFileSync(join(folder, version, "model.yaml"), formatModelYaml(info));
}

const latest = (): string => readFileSync(join(folder, "latest"), "utf8");
const alone = (): boolean => false;

/** A workspace in which something happens right before `latest` is written for the first time: between reading and writing. */
function interrupted(happens: () => void): Workspace {
  let pending: (() => void) | undefined = happens;
  return Object.create(workspace, {
    at: {
      value: (name: string) => {
        const run = pending;
        pending = undefined;
        run?.();
        return workspace.at(name);
      },
    },
  }) as Workspace;
}

test("an older model does not move it, equal times and newer ones do", () => {
  save("b", 2);
  advanceLatest(layout, workspace, "clf", "b", alone);
  save("a", 1);
  advanceLatest(layout, workspace, "clf", "a", alone);
  expect(latest()).toBe("b");
  save("same", 2);
  advanceLatest(layout, workspace, "clf", "same", alone);
  expect(latest()).toBe("same");
  save("c", 3);
  advanceLatest(layout, workspace, "clf", "c", alone);
  expect(latest()).toBe("c");
});

test("a newer model that comes between reading and writing is not lost", () => {
  save("a", 1);
  const rival = (): void => {
    save("b", 2);
    advanceLatest(layout, workspace, "clf", "b", alone);
  };
  advanceLatest(layout, interrupted(rival), "clf", "a", alone);
  expect(latest()).toBe("b");
});

test("a rival that was visible before, and finishes between reading and writing, is not lost", () => {
  save("a", 1);
  save("b", 2);
  advanceLatest(
    layout,
    interrupted(() => advanceLatest(layout, workspace, "clf", "b", alone)),
    "clf",
    "a",
    () => true,
  );
  expect(latest()).toBe("b");
});

test("a model that is deleted while latest is written for it leaves latest to the next", () => {
  save("a", 1);
  save("b", 2);
  advanceLatest(
    layout,
    interrupted(() => renameSync(join(folder, "b"), workspace.at("gone"))),
    "clf",
    "b",
    alone,
  );
  expect(latest()).toBe("a");
});

test("a newer model that comes while a deletion writes latest is not lost", () => {
  save("a", 1);
  writeFileSync(join(folder, "latest"), "deleted");
  const rival = (): void => {
    save("b", 2);
    advanceLatest(layout, workspace, "clf", "b", alone);
  };
  retreatLatest(layout, interrupted(rival), "clf");
  expect(latest()).toBe("b");
});

test("after the last deletion the name goes, unless somebody else keeps something there", () => {
  writeFileSync(join(folder, "latest"), "deleted");
  writeFileSync(join(folder, "notes.txt"), "mine");
  retreatLatest(layout, workspace, "clf");
  expect(readFileSync(join(folder, "notes.txt"), "utf8")).toBe("mine");
  rmSync(join(folder, "notes.txt"));
  retreatLatest(layout, workspace, "clf");
  expect(() => readFileSync(folder)).toThrow(expect.objectContaining({ code: "ENOENT" }) as Error);
});

test("whatever the file holds, the answer is a version that is there", () => {
  save("v1", 1);
  save("v2", 2);
  const text = fc.oneof(
    fc.constantFrom("v1", "v2", "latest", "..", "../clf/v1", "V1", "v1\n", " v1 ", "v1\nv2"),
    fc.string(),
    fc.string({ unit: "binary" }),
  );
  fc.assert(
    fc.property(text, (content) => {
      writeFileSync(join(folder, "latest"), content);
      const { version } = findLatest(modelKind, folder);
      expect(version).toBe(content.trim() === "v1" && !content.includes("\ufeff") ? "v1" : "v2");
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array(), (content) => {
      writeFileSync(join(folder, "latest"), content);
      expect(["v1", "v2"]).toContain(findLatest(modelKind, folder).version);
    }),
  );
});
