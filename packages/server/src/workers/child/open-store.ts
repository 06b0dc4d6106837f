import type { ModelStore } from "@bento/store";

/** The file store of a home; `undefined` for the default one, which is opened when it is needed. */
export async function openStore(home: string | undefined): Promise<ModelStore | undefined> {
  if (home === undefined) return undefined;
  const { FileModelStore } = await import("@bento/store/file-store");
  return new FileModelStore(home);
}
