import { expect, test } from "vitest";
import { checkContent } from "./check-content.js";

const mib = 1024 * 1024;
const document = (files: readonly { readonly path: string; readonly size: number; readonly count: number }[]) => ({
  format: 1 as const,
  partSize: 8 * mib,
  folders: [],
  files: files.map(({ path, size, count }) => ({
    path,
    size,
    executable: false,
    sha256: "0".repeat(64),
    parts: Array.from({ length: count }, () => "0".repeat(64)),
  })),
});

test("files of many GiB are taken: what comes in parts is not compressed", () => {
  expect(() => checkContent(document([{ path: "w", size: 4096 * mib, count: 512 }]))).not.toThrow();
});

test("too few parts, and more bytes than anybody may send, are refused", () => {
  expect(() => checkContent(document([{ path: "w", size: 4096 * mib, count: 511 }]))).toThrow(/511 parts/);
  expect(() => checkContent(document([{ path: "w", size: 16 * mib, count: 2 }]), { maxBytes: 8 * mib })).toThrow(/maxBytes/);
});
