import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { BentoFile, BentoImage } from "@bento/core";
import { fileFromPath } from "./file-from-path.js";

const folder = mkdtempSync(join(tmpdir(), "file-from-path-"));
afterAll(() => rmSync(folder, { recursive: true }));

const large = Uint8Array.from({ length: 700_000 }, (_, i) => i % 251);

function write(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** How many descriptors of this process lead to a file. */
function descriptorsOf(path: string): number {
  return readdirSync("/proc/self/fd").filter((fd) => linkOf(fd) === path).length;
}

function linkOf(fd: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined; // the descriptor of the listing itself is gone by now
  }
}

describe("fileFromPath", () => {
  it("has the path's name, type and size, and reads it in every way", async () => {
    const path = write("report.pdf", "%PDF-1.7 häuser");
    for (const given of [path, pathToFileURL(path)]) {
      const file = await fileFromPath(given);
      expect(file).toMatchObject({ name: "report.pdf", type: "application/pdf", size: 16, path });
      expect(BentoFile.isFile(file)).toBe(true);
      expect(await file.text()).toBe("%PDF-1.7 häuser");
      expect(new TextDecoder().decode(await file.range(1, 4))).toBe("PDF");
      expect(await file.range(14, 1e15)).toHaveLength(2);
      expect(await file.range(1e15, 2e15)).toHaveLength(0);
      expect((await file.blob()).type).toBe("application/pdf");
    }
    expect(await fileFromPath(path, { name: "other.txt", type: "text/x-y" })).toMatchObject({ name: "other.txt", type: "text/x-y", path });
  });

  it("streams a large file whole, as often as wanted, and closes it at its end", async () => {
    const path = write("large.bin", large);
    const file = await fileFromPath(path);
    for (const _ of [1, 2]) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of file.stream()) chunks.push(chunk);
      expect(chunks.length).toBeGreaterThan(1);
      expect(Buffer.compare(Buffer.concat(chunks), large)).toBe(0);
      expect(descriptorsOf(path)).toBe(0);
    }
  });

  it("opens nothing before somebody reads", async () => {
    const path = write("unread.bin", large);
    const stream = (await fileFromPath(path)).stream();
    expect(descriptorsOf(path)).toBe(0);
    const reader = stream.getReader();
    await reader.read();
    expect(descriptorsOf(path)).toBe(1);
    await reader.cancel();
    expect(descriptorsOf(path)).toBe(0);
  });

  it("closes the file when it is cancelled while it is being opened or read", async () => {
    const path = write("cancelled.bin", large);
    const opening = (await fileFromPath(path)).stream().getReader();
    const first = opening.read();
    await opening.cancel();
    expect(await first).toEqual({ done: true, value: undefined });
    const reading = (await fileFromPath(path)).stream().getReader();
    await reading.read();
    const second = reading.read();
    await reading.cancel();
    await second;
    await expect.poll(() => descriptorsOf(path)).toBe(0);
  });

  it("closes the file when a loop is left", async () => {
    const path = write("left.bin", large);
    for await (const chunk of (await fileFromPath(path)).stream()) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(descriptorsOf(path)).toBe(0);
  });

  it("reads only the head of an image", async () => {
    const png = Buffer.concat([Buffer.from("89504e470d0a1a0a0000000d49484452000000030000000208020000", "hex"), Buffer.alloc(100_000)]);
    const image = await BentoImage.from(await fileFromPath(write("x.png", png)));
    expect(image).toMatchObject({ name: "x.png", width: 3, height: 2, path: join(folder, "x.png") });
    expect(descriptorsOf(image.path ?? "")).toBe(0);
  });

  it.each([
    ["nothing", join(folder, "absent.bin"), "is not there"],
    ["a folder", folder, "is no file"],
    ["a device", "/dev/null", "is no file"],
    ["a name with NUL", `${folder}/a\0b`, "cannot be read"],
    ["a URL of the web", new URL("https://example.org/x"), "cannot be read"],
  ])("refuses %s", async (_, path, words) => {
    await expect(fileFromPath(path)).rejects.toMatchObject({ code: "BENTO_FILE_UNREADABLE", message: expect.stringContaining(words) });
  });

  it("says so when the file is gone at the time of reading", async () => {
    const path = write("gone.bin", "x");
    const file = await fileFromPath(path);
    rmSync(path);
    for (const read of [() => file.bytes(), () => file.text(), () => file.range(0, 1), () => file.stream().getReader().read()]) {
      await expect(read()).rejects.toMatchObject({
        code: "BENTO_FILE_UNREADABLE",
        message: `The file ${JSON.stringify(path)} is not there.`,
      });
    }
  });
});
