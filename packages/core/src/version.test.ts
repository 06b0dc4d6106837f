import { describe, expect, it } from "vitest";
import tags from "../test/fixtures/tags.json" with { type: "json" };
import { isTagPart } from "./tag.js";
import { makeVersion, versionFromUuid1 } from "./version.js";

describe("makeVersion", () => {
  it("makes sixteen characters of the alphabet Python uses", () => {
    expect(makeVersion()).toMatch(/^[a-z2-7]{16}$/);
    expect(isTagPart(makeVersion())).toBe(true);
  });

  it("carries the variant bits of a UUID", () => {
    expect("cgkosw26").toContain(makeVersion()[9]);
  });

  it("never repeats itself, however quickly it is asked", () => {
    const versions = Array.from({ length: 50_000 }, () => makeVersion());
    expect(new Set(versions).size).toBe(versions.length);
  });
});

describe("versionFromUuid1", () => {
  it.each(Object.entries(tags.versionsFromUuid1))("makes of %s what Python makes of it", (uuid, version) => {
    expect(versionFromUuid1(uuid)).toBe(version);
  });
});
