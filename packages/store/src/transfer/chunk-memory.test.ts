import { expect, test } from "vitest";
import { ChunkMemory } from "./chunk-memory.js";

const size = 64 * 1024;

test("a chunk that was given back is used again, once", () => {
  using memory = new ChunkMemory(size);
  const chunk = memory.take(size);
  ChunkMemory.giveBack(chunk);
  ChunkMemory.giveBack(chunk);
  expect(memory.take(size).buffer).toBe(chunk.buffer);
  expect(memory.take(size).buffer).not.toBe(chunk.buffer);
});

test.each([
  ["part of a chunk", (memory: ChunkMemory) => memory.take(size).subarray(1)],
  ["a chunk that was not full", (memory: ChunkMemory) => memory.take(size - 1)],
  ["somebody else's memory", () => new Uint8Array(size)],
])("%s is not used again", (_, chunkOf) => {
  using memory = new ChunkMemory(size);
  const chunk = chunkOf(memory);
  ChunkMemory.giveBack(chunk);
  expect(memory.take(size).buffer).not.toBe(chunk.buffer);
});

test("the next stream gets what one left behind, but nothing that comes back later", () => {
  const first = new ChunkMemory(size);
  const [left, kept] = [first.take(size), first.take(size)];
  ChunkMemory.giveBack(left);
  first[Symbol.dispose]();
  ChunkMemory.giveBack(kept);
  using second = new ChunkMemory(size);
  expect(second.take(size).buffer).toBe(left.buffer);
  ChunkMemory.giveBack(kept);
  expect(second.take(size).buffer).not.toBe(kept.buffer);
});

test("streams at the same time never share a chunk", () => {
  using first = new ChunkMemory(size);
  using second = new ChunkMemory(size);
  const chunk = first.take(size);
  ChunkMemory.giveBack(chunk);
  expect(second.take(size).buffer).not.toBe(chunk.buffer);
});
