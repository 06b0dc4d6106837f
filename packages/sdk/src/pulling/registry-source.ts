import { BentoError, type Tag } from "@bento/core";
import { type PullResult, Registry, type RemoteItem } from "@bento/registry";
import type { ModelStore, Transfer } from "@bento/store";

/** What a pull needs of a registry. */
export interface RegistrySource {
  /** For messages: its address, without anything secret. */
  readonly place: string;
  /** Which model the registry means by a tag; gives up soon, as there is another way or another time. @throws BENTO_MODEL_NOT_FOUND */
  find(tag: Tag, signal: AbortSignal | undefined): Promise<Pick<RemoteItem, "tag" | "creationTime">>;
  pull(tag: Tag, store: ModelStore, signal: AbortSignal | undefined): Transfer<PullResult>;
}

/** How long a question is worth waiting for: about a second. */
const brief = { retries: 2, minMs: 200, maxMs: 800 };

/** Where a model is pulled from: an OCI registry, if its reference says so, else {@link openRegistry}. */
export async function openSource(from: string | undefined): Promise<RegistrySource | undefined> {
  if (from === undefined) return openRegistry();
  const { inspectOci, pullOci } = await import("@bento/registry/oci");
  return {
    place: from,
    find: async (asked, signal) => {
      const { tag = asked, creationTime } = await inspectOci(from, { retry: brief, signal });
      // Who moves a tag must not bring in newer versions of other models.
      if (tag.name !== asked.name) throw otherModel(from, tag, asked);
      return { tag, creationTime };
    },
    pull: (tag, store, signal) => pullOci(from, { store, expected: tag, signal }),
  };
}

function otherModel(from: string, found: Tag, { name }: Tag): BentoError {
  const message = `${JSON.stringify(from)} is the model ${JSON.stringify(found.toString())} now, and no version of ${JSON.stringify(name)}.`;
  return new BentoError("BENTO_INTEGRITY_FAILED", message, { hint: "Push each model under its own name." });
}

/** The registry that the environment or the saved context names; `undefined` where neither does. */
async function openRegistry(): Promise<RegistrySource | undefined> {
  const registry = new Registry();
  const endpoint = await registry.endpoint();
  if (endpoint === undefined) return undefined;
  return {
    place: withoutSecrets(endpoint),
    find: (tag, signal) => new Registry({ retry: brief }).get(tag, { signal }),
    pull: (tag, store, signal) => registry.pull(tag, { store, signal }),
  };
}

function withoutSecrets(endpoint: string): string {
  if (!URL.canParse(endpoint)) return endpoint;
  const { origin, pathname } = new URL(endpoint);
  return `${origin}${pathname}`.replace(/\/$/, "");
}
