import { expect, test } from "vitest";
import { FileModelStore } from "../src/index.js";
import { temporaryFolder } from "./support/temporary-folder.js";

const megabyte = 1024 * 1024;
const pieces = 128;
/** What may be there at once: V8 frees such memory only when some tens of megabytes have gathered. The file is twice as large. */
const allowance = 64 * megabyte;

test("a file of any size is written and read in constant memory", { timeout: 60_000 }, async () => {
  await using home = await temporaryFolder();
  const store = new FileModelStore(home.path);
  const before = process.memoryUsage().arrayBuffers;
  let most = before;
  const look = (): void => {
    most = Math.max(most, process.memoryUsage().arrayBuffers);
  };
  const model = await store.create("large:v1", async (draft) => {
    await draft.write("weights.bin", source(look));
    await draft.copy(await firstFile(store, draft.tag.name), "copied.bin");
  });
  let size = 0;
  for await (const piece of model.stream("weights.bin")) {
    size += piece.length;
    look();
  }
  expect(size).toBe(pieces * megabyte);
  expect(await model.verify()).toMatchObject({ status: "ok" });
  look();
  expect(most - before).toBeLessThan(allowance);
});

/** New memory for each piece, so that keeping the pieces would show. */
async function* source(look: () => void): AsyncGenerator<Uint8Array, void> {
  for (let index = 0; index < pieces; index += 1) {
    look();
    yield new Uint8Array(megabyte).fill(index);
  }
}

async function firstFile(store: FileModelStore, name: string): Promise<string> {
  const model = await store.create(`${name}:source`, (draft) =>
    draft.write(
      "f",
      source(() => {}),
    ),
  );
  return model.resolvePath("f");
}
