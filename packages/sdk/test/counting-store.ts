import { MemoryModelStore, type ModelStore } from "@bento/store";

/** A real memory store whose lookups from outside are counted; `reads` names each tag that was asked for. */
export function countingStore(): { readonly store: ModelStore; readonly reads: string[] } {
  const reads: string[] = [];
  const store = new Proxy(new MemoryModelStore(), {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        if (property === "get" || property === "getSync") reads.push(String(args[0]));
        return Reflect.apply(value, target, args);
      };
    },
  });
  return { store, reads };
}

/** Saves a model of one file that holds its own tag. */
export async function save(store: ModelStore, tag: string): Promise<void> {
  await store.create(tag, { metadata: { tag } }, (draft) => draft.write("version.txt", tag));
}
