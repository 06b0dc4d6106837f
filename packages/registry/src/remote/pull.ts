import { BentoError, Tag, type TagLike } from "@bento/core";
import type { StoredBento, StoredModel } from "@bento/store";
import { absentCode, type ExactTag, type Noun, type RegistryApi, type Version } from "../api/registry-api.js";
import type { Pulled, PullWork } from "../protocol.js";
import type { BentoPullOptions, BentoPullResult, PullOptions, PullResult, Report } from "../registry.js";
import { exactOf, exactTag, newestVersion } from "./newest.js";
import type { Session } from "./session.js";

interface Reporting {
  readonly report: Report;
}

/** Gets a model into a store. */
export async function pullModel(session: Session, given: TagLike, options: PullOptions & Reporting): Promise<PullResult> {
  const { store = session.models, force = false, query, report } = options;
  const wanted = Tag.from(given);
  const { tag } = await versionOf(session.api, "model", wanted, query);
  const present = force ? undefined : await presentIn(store, tag);
  if (present !== undefined) return { model: present, outcome: "present", verified: "unverified" };
  const target = { models: store, bentos: session.bentos };
  try {
    const { item, verified } = await pullItem(session, { noun: "model", tag, version: undefined, force, report, ...target });
    return { model: item as StoredModel, outcome: "pulled", verified };
  } catch (error) {
    // Somebody was faster; whatever they got was checked as well.
    const other = !force && BentoError.is(error, "BENTO_MODEL_EXISTS") ? await presentIn(store, tag) : undefined;
    if (other === undefined) throw error;
    return { model: other, outcome: "present", verified: "unverified" };
  }
}

/** Gets a bento into a store, and then the models that it needs. */
export async function pullBento(session: Session, given: TagLike, options: BentoPullOptions & Reporting): Promise<BentoPullResult> {
  const { store = session.bentos, models = session.models, force = false, report } = options;
  const wanted = Tag.from(given);
  const { tag, version } = await versionOf(session.api, "bento", wanted);
  const present = force ? undefined : await presentIn(store, tag);
  const target = { models: models === false ? session.models : models, bentos: store };
  const pulled = present === undefined ? await pullItem(session, { noun: "bento", tag, version, force, report, ...target }) : undefined;
  const bento = present ?? (pulled?.item as StoredBento);
  const results: PullResult[] = [];
  for (const reference of models === false ? [] : bento.models) {
    if (reference.registry === "huggingface") continue;
    results.push(await pullModel(session, reference.tag, { store: target.models, signal: options.signal, report }));
  }
  return { bento, outcome: pulled === undefined ? "present" : "pulled", verified: pulled?.verified ?? "unverified", models: results };
}

interface Wanted {
  readonly tag: ExactTag;
  /** What the registry said of it, where it was asked. */
  readonly version: Version | undefined;
}

/** Which version is meant: only without one is the registry asked. */
async function versionOf(api: RegistryApi, noun: Noun, wanted: Tag, query?: string): Promise<Wanted> {
  const exact = exactOf(wanted);
  if (exact !== undefined) return { tag: exact, version: undefined };
  const version = await newestVersion(api, noun, wanted.name, query);
  return { tag: exactTag(wanted.name, version.version), version };
}

interface Lookup<Item> {
  listTags(options: { readonly name: string }): Promise<readonly Tag[]>;
  get(tag: Tag): Promise<Item>;
}

/** What a store has under exactly this tag. */
async function presentIn<Item>(store: Lookup<Item>, tag: Tag): Promise<Item | undefined> {
  try {
    return (await store.listTags({ name: String(tag) })).length > 0 ? await store.get(tag) : undefined;
  } catch (error) {
    if (BentoError.is(error, "BENTO_MODEL_NOT_FOUND") || BentoError.is(error, "BENTO_BENTO_NOT_FOUND")) return undefined;
    throw error;
  }
}

type Target = Pick<PullWork, "noun" | "tag" | "models" | "bentos" | "report"> & {
  readonly version: Version | undefined;
  readonly force: boolean;
};

/** The one place where it is decided how content travels: as ours does where the registry is ours, else as one archive. */
async function pullItem({ api, parallel, home, signal }: Session, { force, ...target }: Target): Promise<Pulled> {
  // Python's client begins with these calls as well; the answer says whose registry it is.
  const version = target.version ?? (await asked(api, target.noun, target.tag));
  const work: PullWork = { api, parallel, home, signal, existing: force ? "replace" : "error", ...target, version };
  if (api.http.peer === "ours") return (await import("../content/pull-content.js")).pullContent(work);
  return (await import("../plain/pull-plain.js")).pullPlain(work, version);
}

async function asked(api: RegistryApi, noun: Noun, tag: ExactTag): Promise<Version> {
  if (noun === "model") return api.presignDownload(noun, tag);
  const version = await api.version(noun, tag);
  if (version !== undefined) return version;
  throw new BentoError(absentCode(noun), `${JSON.stringify(api.http.endpoint)} has no ${noun} ${JSON.stringify(String(tag))}.`, {
    hint: "Look what there is: `bento list --remote`.",
  });
}
