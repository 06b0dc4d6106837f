import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { codeOf } from "./model-store-contract.js";
import { unpacked } from "./support/tar.js";

interface Expected {
  readonly container: string;
  readonly about: string;
  readonly members: readonly {
    readonly name: string;
    readonly type: string;
    readonly size: number;
    readonly mode: string;
    readonly link?: string;
  }[];
}

const folder = new URL("fixtures/archives/", import.meta.url);
const { archives } = JSON.parse(readFileSync(new URL("archives.expected.json", folder), "utf8")) as {
  readonly archives: Readonly<Record<string, Expected>>;
};

/** Where ours differs on purpose: Python ends in silence, cuts a name, or has its own codes for bytes that are no text. */
const refused: Readonly<Record<string, string>> = {
  "hard/bad-header.tar": "BENTO_ARCHIVE_INVALID",
  "hard/not-utf8-name.tar": "BENTO_ARCHIVE_INVALID",
  "hard/not-utf8-name-fixed.tar": "BENTO_ARCHIVE_UNSAFE",
  "hard/nul-name.tar": "BENTO_ARCHIVE_UNSAFE",
  "hard/truncated.tar": "BENTO_ARCHIVE_INVALID",
  "hard/random.tar": "BENTO_ARCHIVE_INVALID",
  "hard/empty.tar": "BENTO_ARCHIVE_INVALID",
};
/** What its compression makes unreadable. */
const broken = new Set(["hard/bad-crc.gz", "hard/truncated.gz"]);

const tars = Object.entries(archives).filter(([name, { container }]) => ["tar", "gz"].includes(container) && !broken.has(name));
const kinds: Readonly<Record<string, string>> = { dir: "folder", char: "special", block: "special", fifo: "special" };

describe("archives of Python and other tools", () => {
  test("are all here", () => {
    expect(tars.length).toBeGreaterThan(50);
    for (const name of Object.keys(refused)) expect(archives).toHaveProperty([name]);
  });

  test.each(tars.filter(([name]) => refused[name] === undefined))("%s", async (name, { members }) => {
    const entries = await unpacked(bytesOf(name));
    const seen = entries.map(({ path, kind, size, executable, target, content }) => ({
      name: path.replace(/\/$/, ""),
      kind,
      size,
      length: content.length,
      ...(kind === "file" ? { executable } : {}),
      ...(target === "" ? {} : { link: target }),
    }));
    expect(seen).toEqual(
      members.map(({ name: path, type, size, mode, link }) => ({
        name: path,
        kind: kinds[type] ?? type,
        size,
        length: size,
        ...(type === "file" ? { executable: (Number.parseInt(mode, 8) & 0o100) !== 0 } : {}),
        ...(link === undefined ? {} : { link }),
      })),
    );
  });

  test.each(Object.entries(refused))("%s is refused with %s", async (name, code) => {
    expect(await codeOf(unpacked(bytesOf(name)))).toBe(code);
  });
});

function bytesOf(name: string): Buffer {
  const bytes = readFileSync(new URL(name, folder));
  return archives[name]?.container === "gz" ? gunzipSync(bytes) : bytes;
}
