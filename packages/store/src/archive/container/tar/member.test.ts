import fc from "fast-check";
import { pack } from "tar-stream";
import { expect, test } from "vitest";
import { Extensions } from "./extensions.js";
import { checkHeader, plainMember } from "./member.js";

const name = fc.oneof(
  fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 100 }).filter((text) => !text.includes("\0")),
  fc.constantFrom("./", "./a/b", "/absolute", "../out", "x/"),
);

test("a header read here says what it says to tar-stream", async () => {
  const header = fc.record({
    name,
    type: fc.constantFrom("file" as const, "directory" as const, "symlink" as const, "link" as const, "fifo" as const),
    size: fc.nat({ max: 8 ** 11 - 1 }),
    mode: fc.nat({ max: 0o7777 }),
    linkname: name,
  });
  await fc.assert(
    fc.asyncProperty(header, async (fields) => {
      const block = await headerOf({ ...fields, size: fields.type === "file" ? fields.size : 0 });
      checkHeader(block, 0);
      expect(plainMember(block)).toEqual(await new Extensions().describe(block));
    }),
    { numRuns: 300 },
  );
});

/** A header as tar-stream writes it. */
async function headerOf(fields: Parameters<ReturnType<typeof pack>["entry"]>[0]): Promise<Uint8Array> {
  const writer = pack();
  writer.entry({ mtime: new Date(0), ...fields });
  await new Promise<void>((resolve) => void writer.once("readable", resolve));
  const block = writer.read() as Uint8Array;
  writer.destroy();
  return block;
}
