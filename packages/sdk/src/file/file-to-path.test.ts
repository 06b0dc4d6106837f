import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { BentoError, BentoFile } from "@bento/core";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { fileToPath } from "./file-to-path.js";

const folder = mkdtempSync(join(tmpdir(), "file-to-path-"));
const path = join(folder, "film.mp4");
beforeEach(() => writeFileSync(path, "before"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Gives a piece, and then fails, waits for ever, or ends. */
function streaming(then: "fail" | "wait" | "end"): { readonly file: BentoFile; readonly left: Promise<void> } {
  let onLeave = (): void => undefined;
  const left = new Promise<void>((resolve) => (onLeave = resolve));
  let pieces = 0;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        pieces += 1;
        if (pieces === 1) return controller.enqueue(new TextEncoder().encode("piece"));
        if (then === "end") return controller.close();
        if (then === "fail") throw new BentoError("BENTO_REMOTE_FAILED", "It broke off.");
        return new Promise(() => undefined);
      },
      cancel: () => onLeave(),
    },
    { highWaterMark: 0 },
  );
  return { file: BentoFile.from(stream), left };
}

describe("fileToPath", () => {
  it("writes whatever is a file, in place of what is there, and says where", async () => {
    expect(await fileToPath(new Blob(["blob"]), path)).toBe(path);
    expect(readFileSync(path, "utf8")).toBe("blob");
    await fileToPath(streaming("end").file, pathToFileURL(path));
    expect(readFileSync(path, "utf8")).toBe("piece");
    expect(readdirSync(folder)).toEqual(["film.mp4"]);
  });

  it("leaves what was there, and nothing else, when the file breaks off or is given up", async () => {
    await expect(fileToPath(streaming("fail").file, path)).rejects.toMatchObject({ code: "BENTO_REMOTE_FAILED", message: "It broke off." });
    const controller = new AbortController();
    const { file, left } = streaming("wait");
    const writing = fileToPath(file, path, { signal: controller.signal });
    controller.abort();
    await expect(writing).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
    await left;
    expect(readdirSync(folder)).toEqual(["film.mp4"]);
    expect(readFileSync(path, "utf8")).toBe("before");
  });

  it("may be called twice at once for the same path", async () => {
    await Promise.all(["a", "b"].map((text) => fileToPath(new Blob([text]), path)));
    expect(["a", "b"]).toContain(readFileSync(path, "utf8"));
    expect(readdirSync(folder)).toEqual(["film.mp4"]);
  });

  it.each([
    ["a folder that is not there", join(folder, "nowhere", "a")],
    ["a folder", folder],
    ["a name with NUL", `${folder}/a\0b`],
  ])("refuses %s", async (_, place) => {
    await expect(fileToPath(new Blob(["a"]), place)).rejects.toMatchObject({ code: "BENTO_TRANSFER_FAILED" });
    expect(readdirSync(folder)).toEqual(["film.mp4"]);
  });
});
