import { describe, expect, it } from "vitest";
import { BentoFile } from "./bento-file.js";

describe("BentoFile.from", () => {
  it("takes a text, with the type of text", async () => {
    const file = BentoFile.from("häuser", { name: "/tmp/a/notes.md" });
    expect([file.name, file.type, file.size, file.path]).toEqual(["notes.md", "text/markdown", 7, undefined]);
    expect(await file.text()).toBe("häuser");
    expect(BentoFile.from("a").type).toBe("text/plain;charset=utf-8");
  });
});
