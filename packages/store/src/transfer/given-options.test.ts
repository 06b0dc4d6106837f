import { BentoError } from "@bento/core";
import { expect, test } from "vitest";
import { exportBento, exportModel, exportModels, importBento, importModel, importModels, inspectArchive, inspectModels } from "../index.js";
import { MemoryModelStore } from "../memory/memory-model-store.js";
import { checkGiven } from "./given-options.js";

/** Values of every kind; what fits an option is left out below. */
const odd: readonly unknown[] = [null, 5, "x", true, [], {}, () => {}, Symbol("s"), 5n, ["a", 5]];

/** Every function that takes options, with options that are none. */
const functions: Readonly<Record<string, (options: never) => Promise<unknown>>> = {
  exportModel: (options) => exportModel("m:v1", "/nowhere/x.tar", options),
  exportBento: (options) => exportBento("m:v1", "/nowhere/x.tar", options),
  exportModels: (options) => exportModels("/nowhere", options),
  importModel: (options) => importModel("/nowhere/x.tar", options),
  importBento: (options) => importBento("/nowhere/x.tar", options),
  importModels: (options) => importModels("/nowhere", options),
  inspectArchive: (options) => inspectArchive("/nowhere/x.tar", options),
  inspectModels: (options) => inspectModels("/nowhere", options),
};

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  return BentoError.is(error) ? error.code : `raw: ${String(error)}`;
}

test.each(Object.entries(functions))("%s refuses options that cannot be, by a rejection", async (_, run) => {
  for (const options of [null, 5, "x", true, [], () => {}])
    expect([options, await codeOf(run(options as never))]).toEqual([options, "BENTO_BAD_REQUEST"]);
  for (const store of odd) expect(await codeOf(run({ store } as never))).toBe("BENTO_BAD_REQUEST");
  for (const signal of odd) expect(await codeOf(run({ signal } as never))).toBe("BENTO_BAD_REQUEST");
});

test.each<[string, (value: unknown) => boolean]>([
  ["existing", () => false],
  ["acceptChanges", (value) => value === true],
  ["withModels", (value) => value === true],
  ["onWarning", (value) => typeof value === "function"],
  ["onArchive", (value) => typeof value === "function"],
  ["names", (value) => Array.isArray(value) && value.length === 0],
  ["limits", (value) => typeof value === "object" && value !== null && !Array.isArray(value)],
  ["protocol", (value) => value === "x"],
  ["subpath", (value) => value === "x"],
  ["user", (value) => value === "x"],
  ["password", (value) => value === "x"],
  ["params", (value) => typeof value === "object" && value !== null && !Array.isArray(value)],
  ["untrusted", (value) => value === true],
  ["models", () => false],
])("%s is taken only as what it is", (name, fits) => {
  for (const value of odd) {
    const check = (): void => checkGiven({ [name]: value });
    if (fits(value)) check();
    else
      expect(check).toThrow(
        expect.objectContaining({ code: "BENTO_BAD_REQUEST", message: expect.stringContaining(name) as string }) as Error,
      );
  }
  checkGiven({ [name]: undefined });
});

test("what may be secret is not quoted", () => {
  for (const secret of [{ password: 31_415_926 }, { params: { key: 31_415_926 } }, { params: "31415926" }]) {
    expect(() => checkGiven(secret)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining("31415926") as string }) as Error,
    );
  }
});

test("what fits is taken, also of classes that a caller derived", () => {
  class Store extends MemoryModelStore {}
  const signal = AbortSignal.any([]);
  const fitting = { store: new Store(), models: new Store(), signal, existing: "skip", limits: { maxDepth: 3 }, names: ["a"] };
  for (const options of [{}, fitting]) expect(() => checkGiven(options)).not.toThrow();
});

test.each([null, { signal: 5 }])("a stream is aborted, whatever is wrong: %o", async (options) => {
  let reason: unknown;
  const target = new WritableStream({ abort: (given) => void (reason = given) });
  expect(await codeOf(Promise.resolve(exportModel("m:v1", target, options as never)))).toBe("BENTO_BAD_REQUEST");
  expect(reason).toMatchObject({ code: "BENTO_BAD_REQUEST" });
});
