import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { FileModelStore, MemoryModelStore } from "../src/index.js";
import { describeModelStore } from "./model-store-contract.js";
import { temporaryFolder } from "./support/temporary-folder.js";

describeModelStore("FileModelStore", async (options) => {
  const home = await temporaryFolder();
  const store = new FileModelStore(home.path, options);
  return {
    store,
    leftovers: async () => [
      ...(await namesIn(join(home.path, "tmp"))),
      ...(await namesIn(join(home.path, ".staging"))),
      ...(await emptyNames(home.path)),
    ],
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
});

describeModelStore("MemoryModelStore", async (options) => {
  const store = new MemoryModelStore(options);
  return { store, leftovers: async () => [], [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
});

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/** Folders of names that hold no version: an interrupted save must not leave one. */
async function emptyNames(home: string): Promise<string[]> {
  const names = await namesIn(join(home, "models"));
  const versions = await Promise.all(
    names.map(async (name) => (await namesIn(join(home, "models", name))).filter((entry) => entry !== "latest")),
  );
  return names.filter((_, index) => versions[index]?.length === 0);
}
