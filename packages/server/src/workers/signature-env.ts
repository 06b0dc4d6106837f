import type { ModelStore } from "@bento/store";

/** What a worker's store is told by: as the environment of a process does it for all of its stores. */
const variables = { mode: "BENTO_SIGNATURES", keys: "BENTO_TRUSTED_KEYS" } as const;

/**
 * What makes workers, who open a store by its place alone, hold models to the same signatures as the store that the server
 * was given.
 */
export async function signatureEnv(store: ModelStore | undefined): Promise<Readonly<Record<string, string>>> {
  if (store === undefined) return {};
  const { signatures } = store;
  if (signatures?.require !== true) return { [variables.mode]: "" };
  const { keyInOneLine, publicKeysOf } = await import("@bento/store/signing");
  const keys = publicKeysOf(signatures.keys ?? []).map(keyInOneLine);
  return { [variables.mode]: "require", [variables.keys]: keys.join(",") };
}
