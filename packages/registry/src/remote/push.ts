import { BentoError, Tag, type TagLike } from "@bento/core";
import { bareBentoTree, type BentoModelReference, type ModelStore } from "@bento/store";
import type { ExactTag, Noun, RegistryApi } from "../api/registry-api.js";
import type { PushOutcome, PushWork } from "../protocol.js";
import { bentoRecord, modelRecord, naiveTime } from "../records/record.js";
import type { BentoPushOptions, BentoPushResult, PushOptions, PushResult, Report } from "../registry.js";
import { exactOf } from "./newest.js";
import type { Session } from "./session.js";

interface Reporting {
  readonly report: Report;
}

/** Sends a model of a store. */
export async function pushModel(session: Session, given: TagLike, options: PushOptions & Reporting): Promise<PushResult> {
  const { store = session.models, force = false, report } = options;
  const model = await store.get(Tag.from(given));
  const tag = model.tag as ExactTag;
  const content = { noun: "model" as const, tag, tree: model.tree(), folder: model.path, record: modelRecord(model) };
  return { tag, ...(await pushItem(session, { ...content, force, report })) };
}

/** Sends a bento of a store, after its models. */
export async function pushBento(session: Session, given: TagLike, options: BentoPushOptions & Reporting): Promise<BentoPushResult> {
  const { store = session.bentos, models = session.models, force = false, report } = options;
  const bento = await store.get(Tag.from(given));
  const tag = bento.tag as ExactTag;
  const sent: PushResult[] = [];
  const missing: Tag[] = [];
  for (const reference of models === false ? [] : bento.models) {
    const result = await pushReference(session, reference, { store: models as ModelStore, force, report });
    if (result === undefined) missing.push(reference.tag);
    else sent.push(result);
  }
  const record = await bentoRecord(bento, models === false ? session.models : models);
  const content = { noun: "bento" as const, tag, tree: bareBentoTree(bento), folder: bento.path, record };
  return { tag, ...(await pushItem(session, { ...content, force, report })), models: sent, missing };
}

/**
 * Sends what a bento needs: a model of the store, or where the hub has it.
 * @returns nothing for a model that is neither in the store nor at the registry
 */
async function pushReference(
  session: Session,
  reference: BentoModelReference,
  options: { readonly store: ModelStore; readonly force: boolean; readonly report: Report },
): Promise<PushResult | undefined> {
  const { tag, registry } = reference;
  if (registry === "huggingface") return registerReference(session, reference);
  try {
    const model = await options.store.get(tag);
    // A version that merely begins alike is another model.
    if (tag.isLatest || model.tag.equals(tag)) return await pushModel(session, model.tag, options);
  } catch (error) {
    if (!BentoError.is(error, "BENTO_MODEL_NOT_FOUND") && !BentoError.is(error, "BENTO_MODEL_AMBIGUOUS")) throw error;
  }
  const exact = exactOf(tag);
  const there = exact === undefined ? undefined : await session.api.version("model", exact);
  return there?.upload_status === "success" ? { tag, outcome: "skipped", bytes: { total: 0, sent: 0 } } : undefined;
}

/**
 * Says where the hub has a model; no content goes anywhere. How large it is the hub is asked, and nobody waits long for
 * that: a registry can do without.
 * @throws BENTO_BENTO_INVALID, BENTO_TAG_INVALID for a reference that names no commit of a model
 */
async function registerReference({ api, env, signal }: Session, reference: BentoModelReference): Promise<PushResult> {
  const tag = reference.tag as ExactTag;
  const bytes = { total: 0, sent: 0 };
  await makeRoom(api, "model", tag.name);
  if ((await api.version("model", tag)) !== undefined) return { tag, outcome: "skipped", bytes };
  const { hubReferenceOf, hubRegistration } = await import("../hub/model-entry.js");
  const record = await hubRegistration(hubReferenceOf(reference), { env, signal, retry: { retries: 1 } });
  await api.createVersion("model", tag, { ...record, build_at: naiveTime(reference) });
  return { tag, outcome: "pushed", bytes };
}

type Content = Pick<PushWork, "noun" | "tag" | "tree" | "folder" | "record" | "force" | "report">;

/** The one place where it is decided how content travels: as ours does where the registry is ours, else as one archive. */
async function pushItem({ api, parallel, home, signal }: Session, content: Content): Promise<PushOutcome> {
  await makeRoom(api, content.noun, content.tag.name);
  const work: PushWork = { api, parallel, home, signal, ...content };
  if (api.http.peer === "ours") return (await import("../content/push-content.js")).pushContent(work);
  return (await import("../plain/push-plain.js")).pushPlain(work);
}

/** Two pushes at once may both find no repository, and one of them is told so. */
async function makeRoom(api: RegistryApi, noun: Noun, name: string): Promise<void> {
  if ((await api.repository(noun, name)) !== undefined) return;
  try {
    await api.createRepository(noun, name);
  } catch (error) {
    if (!BentoError.is(error, "BENTO_CONFLICT") || (await api.repository(noun, name)) === undefined) throw error;
  }
}
