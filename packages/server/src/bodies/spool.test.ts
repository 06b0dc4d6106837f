import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

import { ownIdentity } from "@bento/store/file-store";
import { describe, expect, test } from "vitest";

import { sweepSpoolFolders } from "./spool-folder.js";
import { Spool } from "./spool.js";
import { SpoolRoom, spoolRoomOf } from "./spool-room.js";
import { writeFailure } from "./spool-writer.js";

test("files are written as they come, for this user alone, and gone with the spool", async () => {
  const spool = new Spool(new SpoolRoom(1 << 30));
  const writer = spool.create("../photo.PNG");
  for (let index = 0; index < 100; index += 1) {
    writer.write(new Uint8Array(10_000).fill(index));
    await writer.room();
  }
  const { path, size } = await writer.finish();
  expect([size, statSync(path).size, basename(path)]).toEqual([1_000_000, 1_000_000, "0.PNG"]);
  expect(readFileSync(path)[999_999]).toBe(99);
  expect([statSync(path).mode & 0o777, statSync(dirname(path)).mode & 0o777, statSync(dirname(dirname(path))).mode & 0o777]).toEqual([
    0o600, 0o700, 0o700,
  ]);
  await spool.remove();
  expect(existsSync(dirname(path))).toBe(false);
});

test("what is being written is gone too", async () => {
  const spool = new Spool(new SpoolRoom(1 << 30));
  const writer = spool.create(undefined);
  writer.write(new Uint8Array(1 << 20));
  await spool.remove();
  await spool.remove();
  await expect(writer.finish()).resolves.toMatchObject({ size: 1 << 20 });
});

test("a disk that refuses is told, once it is asked", async () => {
  const spool = new Spool(new SpoolRoom(1 << 30));
  const first = await spool.create("a").finish();
  rmSync(dirname(first.path), { recursive: true });
  const writer = spool.create("b");
  writer.write(new Uint8Array(10));
  await expect(writer.finish()).rejects.toMatchObject({ code: "BENTO_INTERNAL" });
  await spool.remove();
});

test("somebody tidied up the folder of the process", async () => {
  const spool = new Spool(new SpoolRoom(1 << 30));
  const { path } = await spool.create("a").finish();
  rmSync(dirname(dirname(path)), { recursive: true });
  const other = new Spool(new SpoolRoom(1 << 30));
  const file = await other.create("b").finish();
  expect(existsSync(file.path)).toBe(true);
  await Promise.all([spool.remove(), other.remove()]);
});

test("what dead processes left is swept; what may be in use, or is something else, stays", async () => {
  const { place, pid, start } = ownIdentity();
  const dead = spawnSync(process.execPath, ["-e", ""]).pid;
  const make = (name: string) => {
    const folder = mkdtempSync(join(tmpdir(), name));
    mkdirSync(join(folder, "r123456"));
    return folder;
  };
  const swept = [make(`bento-uploads-${place}-${dead}-1-`), make(`bento-uploads-${place}-${pid}-1-`)];
  const kept = [make(`bento-uploads-${place}-${pid}-${start}-`), make(`bento-uploads-000000000000-${dead}-1-`), make("bento-uploads-x-")];
  const victim = make("bento-kept-");
  const link = join(tmpdir(), `bento-uploads-${place}-${dead}-2-aaaaaa`);
  symlinkSync(victim, link);
  try {
    await sweepSpoolFolders();
    expect(swept.map((path) => existsSync(path))).toEqual([false, false]);
    expect(kept.map((path) => existsSync(path))).toEqual([true, true, true]);
    expect(existsSync(join(victim, "r123456"))).toBe(true);
  } finally {
    for (const path of [...kept, victim, link]) rmSync(path, { recursive: true, force: true });
  }
});

describe("the room on disk", () => {
  const megabyte = new Uint8Array(1 << 20);

  test("is shared, refused when it is taken, and given back with the files", async () => {
    const room = new SpoolRoom(3 << 20);
    const [one, other] = [new Spool(room), new Spool(room)];
    one.create("a").write(megabyte);
    const writer = other.create("b");
    writer.write(megabyte);
    writer.write(megabyte);
    expect(() => writer.write(Uint8Array.of(1))).toThrow(
      expect.objectContaining({ code: "BENTO_OVERLOADED", status: 503, reason: "disk" }),
    );
    await one.remove();
    writer.write(megabyte);
    await other.remove();
    expect(room.take(3 << 20)).toBe(true);
    expect(room.take(1)).toBe(false);
  });

  test("is too little for what could never be in it", async () => {
    const spool = new Spool(new SpoolRoom(1 << 20));
    const writer = spool.create("a");
    writer.write(megabyte);
    expect(() => writer.write(Uint8Array.of(1))).toThrow(expect.objectContaining({ code: "BENTO_PAYLOAD_TOO_LARGE" }));
    await spool.remove();
  });

  test("is not taken, and no file made, once the files are removed", async () => {
    const room = new SpoolRoom(1 << 20);
    const [used, unused] = [new Spool(room), new Spool(room)];
    const writer = used.create("a");
    await Promise.all([used.remove(), unused.remove()]);
    const gone = expect.objectContaining({ code: "BENTO_CANCELLED" });
    expect(() => writer.write(Uint8Array.of(1))).toThrow(gone);
    for (const spool of [used, unused]) expect(() => spool.create("b")).toThrow(gone);
    expect(room.take(1 << 20)).toBe(true);
  });

  test("is divided among processes, of which each may have one whole body", () => {
    expect(spoolRoomOf(1000, 100).total).toBe(1000);
    expect(spoolRoomOf(1000, 100, 4).total).toBe(250);
    expect(spoolRoomOf(1000, 100, 50).total).toBe(100);
    expect(spoolRoomOf(10, 100, 4).total).toBe(10);
  });

  test.runIf(existsSync("/dev/full"))("is what a full disk lacks, too", () => {
    let full: Error | undefined;
    try {
      writeFileSync("/dev/full", "x");
    } catch (error) {
      full = error as Error;
    }
    expect(writeFailure("/tmp/x", full as Error)).toMatchObject({ code: "BENTO_OVERLOADED", reason: "disk", cause: full });
  });
});
