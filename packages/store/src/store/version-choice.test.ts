import { type BentoError, Tag } from "@bento/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { modelKind } from "../model/model-kind.js";
import { chooseVersion, nameNotFound, versionNotFound } from "./version-choice.js";

const version = fc.stringMatching(/^[ab]{1,4}$/);

test("exact before prefix, and a prefix only while it is the only one", () => {
  fc.assert(
    fc.property(fc.uniqueArray(version, { maxLength: 8 }), version, (versions, wanted) => {
      const fitting = versions.filter((each) => each.startsWith(wanted));
      const outcome = ((): string => {
        try {
          return chooseVersion(modelKind, new Tag("clf", wanted), versions);
        } catch (error) {
          return (error as BentoError).code;
        }
      })();
      if (versions.includes(wanted)) expect(outcome).toBe(wanted);
      else if (fitting.length === 1) expect(outcome).toBe(fitting[0]);
      else expect(outcome).toBe(fitting.length === 0 ? "BENTO_MODEL_NOT_FOUND" : "BENTO_MODEL_AMBIGUOUS");
    }),
  );
});

test("a hint names close names, never far ones, and not more than three", () => {
  const hint = (wanted: string, names: readonly string[]): string => nameNotFound(modelKind, new Tag(wanted), names, "/home").hint ?? "";
  expect(hint("digist", ["digits", "iris"])).toContain('"digits"');
  expect(hint("digist", ["digits", "iris"])).not.toContain("iris");
  expect(hint("iris-log", ["iris-logreg"])).toContain('"iris-logreg"');
  expect(hint("m", ["m1", "m2", "m3", "m4"])).not.toContain('"m4"');
  expect(hint("x", [])).toMatch(/^list\(\)/);
});

test("a long list of versions is cut", () => {
  const versions = Array.from({ length: 30 }, (_, index) => `v${index}`);
  const { hint } = versionNotFound(modelKind, new Tag("clf", "w"), versions);
  expect(hint).toContain("and 20 more");
});
