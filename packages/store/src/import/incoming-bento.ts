import { BentoError, isTagPart } from "@bento/core";
import { unsafeArchive, unsafeEntry } from "../archive/rules/unsafe.js";
import type { BentoInfo } from "../bento/bento-info.js";
import { bentoKind } from "../bento/bento-kind.js";
import { modelsOf, storedModelsOf } from "../bento/bento-models.js";
import type { BentoStore, StoredBento } from "../bento/bento-store.js";
import { isVersion, latestName } from "../disk/layout.js";
import type { ModelInfo } from "../model/model-info.js";
import { modelKind } from "../model/model-kind.js";
import type { ModelStore, StoredModel } from "../store/model-store.js";
import type { OnExisting } from "./import-options.js";
import type { Imported } from "./import-transfer.js";
import { IncomingItem, type IncomingItemOptions } from "./incoming-item.js";
import type { Destination } from "./receive.js";

/** What a bento on its way in needs to know. */
export interface IncomingBentoOptions extends Pick<
  IncomingItemOptions<BentoInfo, StoredBento>,
  "acceptChanges" | "expected" | "budget" | "signal"
> {
  readonly store: BentoStore;
  readonly models: ModelStore;
  readonly existing: OnExisting;
  /** Only look at it. */
  readonly dryRun: boolean;
}

/** A model in a bento's archive. */
export type CarriedModel = IncomingItem<ModelInfo, StoredModel>;

/** What an import of a bento ends with. */
export interface ImportedBento extends Imported<StoredBento> {
  /** What became of the models that came along. */
  readonly models: readonly Imported<StoredModel>[];
}

/** Folder of a bento's archive that holds its models, as a model store of its own. */
const modelsFolder = "models";

/** Models of one bento. Each takes a folder and some memory before its first byte, so a small archive could ask for millions. */
const maxModels = 256;

/** A bento on its way into a store, and the models that it carries on theirs into another. */
export class IncomingBento implements AsyncDisposable {
  readonly bento: IncomingItem<BentoInfo, StoredBento>;
  readonly #options: IncomingBentoOptions;
  readonly #models = new Map<string, CarriedModel>();

  private constructor(bento: IncomingItem<BentoInfo, StoredBento>, options: IncomingBentoOptions) {
    this.bento = bento;
    this.#options = options;
  }

  static async open(options: IncomingBentoOptions): Promise<IncomingBento> {
    const draft = options.dryRun ? undefined : await options.store.importDraft({ signal: options.signal });
    return new IncomingBento(new IncomingItem(draft, { ...options, kind: bentoKind, change: {}, base: "" }), options);
  }

  /** The models in it, by `name:version`. */
  get models(): ReadonlyMap<string, CarriedModel> {
    return this.#models;
  }

  /**
   * Where an entry goes: into the bento, or what lies below `models/<name>/<version>` into that model. `latest` files
   * go nowhere: which model is the newest is for the store to say.
   * @throws BENTO_ARCHIVE_INVALID for what belongs to no model
   */
  async route(path: string, kind: "file" | "folder"): Promise<Destination | undefined> {
    const [top, name, version, ...rest] = path.split("/");
    if (top !== modelsFolder || (name === undefined && kind === "file")) return { item: this.bento.staged, path };
    if (name === undefined) return undefined;
    const isLast = rest.length === 0;
    if (!isTagPart(name) || (version !== undefined && version !== latestName && !isVersion(version))) throw stray(path);
    if (version === undefined || version === latestName) {
      if (isLast && kind === (version === undefined ? "folder" : "file")) return undefined;
      throw stray(path);
    }
    if (isLast && kind === "file") throw stray(path);
    const model = await this.#model(name, version);
    return isLast ? undefined : { item: model.staged, path: rest.join("/") };
  }

  /** Decides about all of it, once all files have come in. Nothing is visible yet. */
  async check(tops: ReadonlySet<string>): Promise<void> {
    await this.bento.check({ tops, hasFile: (path) => this.bento.files.has(path) });
    this.checkAsked();
    for (const [tag, model] of this.#models) await checkModel(tag, model);
  }

  /**
   * Nobody who imports a bento expects models in the store that it has no use for: one of next year, say, which would be
   * the `latest` of a name that others load by. A reference without a version, or to `latest`, asks for one of its name.
   * @throws BENTO_ARCHIVE_UNSAFE naming a model that no reference of the bento asks for
   */
  checkAsked(): void {
    if (this.bento.identity === undefined) return;
    const asked = storedModelsOf({ models: modelsOf(this.bento.identity.info) }).map(({ tag }) => tag);
    const exact = new Set(asked.map(String));
    const anyOf = new Set(asked.filter((tag) => tag.isLatest).map(({ name }) => name));
    for (const tag of this.#models.keys()) {
      const name = tag.slice(0, tag.indexOf(":"));
      if (exact.has(tag) || anyOf.delete(name)) continue;
      throw unsafeArchive(`it carries the model ${JSON.stringify(tag)}, which the bento does not ask for`);
    }
  }

  /**
   * Does all that can be done before anything becomes visible, so that {@link IncomingBento.commit} hardly fails.
   * @throws the codes for tags that were taken meanwhile, and what the stores throw
   */
  async prepare(): Promise<void> {
    for (const item of [...this.#models.values(), this.bento]) await item.prepare();
    // Nearest to the commit, all together: what others took while the last of them was being prepared.
    for (const item of [...this.#models.values(), this.bento]) await item.checkFree();
  }

  /** Makes the models visible, and then the bento, after {@link IncomingBento.prepare}. */
  async commit(): Promise<ImportedBento> {
    const models: Imported<StoredModel>[] = [];
    for (const model of this.#models.values()) models.push(await model.commit());
    return { ...(await this.bento.commit()), models };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bento[Symbol.asyncDispose]();
    for (const model of this.#models.values()) await model[Symbol.asyncDispose]();
  }

  async #model(name: string, version: string): Promise<CarriedModel> {
    const key = `${name}:${version}`;
    const known = this.#models.get(key);
    if (known !== undefined) return known;
    if (this.#models.size >= maxModels) throw unsafeArchive(`it carries more than ${maxModels} models`);
    const { models: store, acceptChanges, budget, signal, dryRun } = this.#options;
    const draft = dryRun ? undefined : await store.importDraft({ signal });
    const base = `${modelsFolder}/${name}/${version}/`;
    // The same model may be there already, from another bento; one with the same tag and other bytes must not be.
    const model = new IncomingItem(draft, { kind: modelKind, store, existing: "skip", acceptChanges, change: {}, base, budget, signal });
    this.#models.set(key, model);
    return model;
  }
}

/** @throws BENTO_ARCHIVE_INVALID, BENTO_INTEGRITY_FAILED, BENTO_MODEL_EXISTS */
export async function checkModel(tag: string, model: CarriedModel): Promise<void> {
  const folder = `${modelsFolder}/${tag.replace(":", "/")}`;
  if (model.identity === undefined) {
    throw new BentoError(
      "BENTO_ARCHIVE_INVALID",
      `The bento's archive holds ${JSON.stringify(folder)}, but no ${JSON.stringify(modelKind.document)} in it.`,
    );
  }
  if (String(model.identity.tag) !== tag) {
    const found = JSON.stringify(String(model.identity.tag));
    throw new BentoError("BENTO_ARCHIVE_INVALID", `The bento's archive holds ${JSON.stringify(folder)}, but the model in it is ${found}.`);
  }
  await model.check({ tops: new Set(), hasFile: () => false });
}

function stray(path: string): BentoError {
  return unsafeEntry(path, `below ${JSON.stringify(modelsFolder)} a bento has models, as name/version, and nothing else`);
}
