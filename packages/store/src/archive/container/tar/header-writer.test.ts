import fc from "fast-check";
import { expect, test } from "vitest";
import { maxOctalSize } from "./fields.js";
import { type NewMember, headerWriter, writeHeaders } from "./header-writer.js";

const asciiName = fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 100 }).filter((name) => !name.includes("\0"));
const size = fc.oneof(fc.constantFrom(0, 1, 7, 8, 511, 512, maxOctalSize - 1, maxOctalSize), fc.nat({ max: maxOctalSize }));
const plain: fc.Arbitrary<NewMember> = fc.oneof(
  fc.record({ kind: fc.constant("folder" as const), name: asciiName }),
  fc.record({ kind: fc.constant("file" as const), name: asciiName, size, executable: fc.boolean() }),
);

test("a header made from a template is the one that tar-stream makes", async () => {
  const write = headerWriter();
  await fc.assert(
    fc.asyncProperty(plain, async (member) => {
      const made = write(member);
      expect(made).toBeInstanceOf(Uint8Array);
      const copy = Buffer.from((await made).slice());
      // Not by toEqual, which takes longer than all the rest.
      expect(copy.toString("latin1")).toBe(Buffer.from(await writeHeaders(member)).toString("latin1"));
    }),
    { numRuns: 300 },
  );
});

test.each<[string, NewMember]>([
  ["a name of 101 characters", { kind: "file", name: "n".repeat(101), size: 1, executable: false }],
  ["a folder whose name is 100 characters and a slash", { kind: "folder", name: `${"n".repeat(100)}/` }],
  ["a long name in folders", { kind: "file", name: `./${"folder/".repeat(20)}f`, size: 1, executable: true }],
  ["a name that is not ASCII", { kind: "file", name: "./é", size: 1, executable: false }],
  ["a file of 8 GiB", { kind: "file", name: "./f", size: 8 ** 11, executable: false }],
])("%s gets a pax header", async (_, member) => {
  const headers = Buffer.from(await headerWriter()(member));
  expect(headers.length).toBeGreaterThanOrEqual(3 * 512);
  expect(headers.toString("latin1", 156, 157)).toBe("x");
  const records = headers.toString("utf8", 512, headers.length - 512);
  expect(records).toContain(` path=${member.name}\n`);
  if (member.kind === "file" && member.size > maxOctalSize) expect(records).toContain(` size=${member.size}\n`);
});

test("nothing of the machine or the moment is in a header", async () => {
  const header = Buffer.from(await writeHeaders({ kind: "file", name: "./f", size: 5, executable: true }));
  const field = (start: number, length: number): string => header.toString("latin1", start, start + length).replace(/[\0 ]+$/, "");
  expect([field(100, 8), field(108, 8), field(116, 8), field(136, 12)]).toEqual(["000755", "000000", "000000", "00000000000"]);
  expect([field(265, 32), field(297, 32), field(156, 1), header.toString("latin1", 257, 265)]).toEqual(["", "", "0", "ustar\x0000"]);
});
