import type { BentoStore, ModelStore, Progress, StoredBento, StoredModel, Tree } from "@bento/store";
import type { ExactTag, Noun, RegistryApi, Version, VersionRecord } from "./api/registry-api.js";

/** How what came was verified: against digests that the registry told, against the manifest inside, or by nothing but its length. */
export type Verified = "digests" | "manifest" | "unverified";

/** What any push needs, however the registry wants it. */
export interface PushWork {
  /** With the signal of this push. */
  readonly api: RegistryApi;
  readonly noun: Noun;
  readonly tag: ExactTag;
  /** All that is sent. */
  readonly tree: Tree;
  /** Where the same lies on the disk. Absolute. */
  readonly folder: string;
  readonly record: VersionRecord;
  /** Whether it may take the place of what is there. */
  readonly force: boolean;
  readonly report: (progress: Progress) => void;
  /** Parts at once, at most. */
  readonly parallel: number;
  /** For what is kept in case that it is cut off. */
  readonly home: string;
  readonly signal: AbortSignal;
}

/** What came of a push. */
export interface PushOutcome {
  readonly outcome: "pushed" | "skipped";
  /** Of the whole, and of what had to be sent. */
  readonly bytes: { readonly total: number; readonly sent: number };
}

/** What any pull needs. The tag is exact by now. */
export interface PullWork {
  readonly api: RegistryApi;
  readonly noun: Noun;
  readonly tag: ExactTag;
  /** What the registry said of it last, where it was asked. */
  readonly version: Version | undefined;
  /** Where it goes; bentos go to the second. */
  readonly models: ModelStore;
  readonly bentos: BentoStore;
  /** What to do where the store has the tag. */
  readonly existing: "error" | "replace";
  readonly report: (progress: Progress) => void;
  readonly parallel: number;
  readonly home: string;
  readonly signal: AbortSignal;
}

/** What came of a pull: the item is a model or a bento, by what was asked for. */
export interface Pulled {
  readonly item: StoredModel | StoredBento;
  readonly verified: Verified;
}
