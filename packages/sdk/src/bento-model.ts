import { BentoError, Tag, type TagLike } from "@bento/core";
import type { ModelFile, ModelInfo, ModelStore, RangeOptions, SignalOptions, StoredModel } from "@bento/store";
import { type CreateModelSchema, Model, type ModelOptions, type ModelReferenceInfo, type ModelSource, waysOut } from "./model.js";
import { isOciAddress, tagOfAddress } from "./oci-address.js";
import type { PullWatch } from "./pulling/pull-watch.js";

/** Options of a {@link BentoModel}. */
export interface BentoModelOptions extends ModelOptions {
  /**
   * Whether the registry is asked for the newest version before the store is, where the tag is `latest` or has no version.
   * Otherwise it is asked only for what the store does not have at all. Where it cannot be asked, the store's newest holds.
   * @default false
   */
  readonly refresh?: boolean | undefined;
}

/**
 * A model of the model store, by tag: `model = new BentoModel("clf:latest")`, a plain field of a service.
 *
 * Nothing is read until a property or method is used. Then the tag is pinned to one exact version, which holds for the
 * life of the service instance although a newer one may be saved meanwhile. Synchronous members need the model in the
 * store; asynchronous ones pull it from the registry if it is not there, and so does the start of a service.
 */
export class BentoModel extends Model<StoredModel> {
  /** The tag as it was asked for; `tag` is the exact one. */
  readonly requested: Tag;
  /** Its address in an OCI registry, where it was named by that: it is pulled from there, and from no registry of models. */
  readonly address: string | undefined;
  /** Whether the registry is asked first. */
  readonly refresh: boolean;

  /**
   * @param tag or the address of the model in an OCI registry, `oci://host/name:version`; in the store it is `name:version`
   * @throws BENTO_TAG_INVALID quoting the tag
   */
  constructor(tag: TagLike, options: BentoModelOptions = {}) {
    super(options);
    this.address = isOciAddress(tag) ? tag : undefined;
    this.requested = this.address === undefined ? Tag.from(tag) : tagOfAddress(this.address);
    this.refresh = options.refresh ?? false;
  }

  /** The reference to the exact model that `toInfo` described. */
  static override fromInfo(info: ModelReferenceInfo): BentoModel {
    return new BentoModel(info.tag);
  }

  override get key(): string {
    const { name, version } = this.requested;
    return `bentoml:${name}:${version ?? "latest"}`;
  }

  /** The model itself, without waiting. @throws BENTO_MODEL_NOT_FOUND */
  get stored(): StoredModel {
    return this.resolveSync();
  }

  /** Whether the model is in the store: the question to ask of an optional one. */
  get exists(): boolean {
    try {
      return this.stored.tag.version !== undefined;
    } catch (error) {
      if (BentoError.is(error, "BENTO_MODEL_NOT_FOUND")) return false;
      throw error;
    }
  }

  /** The exact tag. @throws BENTO_MODEL_NOT_FOUND */
  get tag(): Tag {
    return this.stored.tag;
  }

  /** What `model.yaml` says; frozen. @throws BENTO_MODEL_NOT_FOUND */
  get info(): ModelInfo {
    return this.stored.info;
  }

  /** Absolute path of the model's folder. @throws BENTO_MODEL_NOT_FOUND */
  get path(): string {
    return this.stored.path;
  }

  /** Bytes of all files. @throws BENTO_MODEL_NOT_FOUND */
  get size(): number {
    return this.stored.size;
  }

  /** Absolute path of one file or folder of the model. @throws BENTO_MODEL_NOT_FOUND, BENTO_FILE_NOT_FOUND */
  resolvePath(path: string): string {
    return this.stored.resolvePath(path);
  }

  /** One file as a stream. @throws BENTO_MODEL_NOT_FOUND; BENTO_FILE_NOT_FOUND from the stream */
  stream(path: string, options?: RangeOptions): ReadableStream<Uint8Array> {
    return this.stored.stream(path, options);
  }

  /** The files, sorted by path. @throws BENTO_MODEL_NOT_FOUND */
  async files(options?: SignalOptions): Promise<readonly ModelFile[]> {
    return (await this.resolve(options)).files(options);
  }

  /** One file's bytes. @throws BENTO_MODEL_NOT_FOUND, BENTO_FILE_NOT_FOUND */
  async read(path: string, options?: SignalOptions): Promise<Uint8Array> {
    return (await this.resolve(options)).read(path, options);
  }

  /** One file as UTF-8 text. @throws BENTO_MODEL_NOT_FOUND, BENTO_FILE_NOT_FOUND */
  async text(path: string, options?: SignalOptions): Promise<string> {
    return (await this.resolve(options)).text(path, options);
  }

  /** One file, parsed. @throws BENTO_MODEL_NOT_FOUND, BENTO_FILE_NOT_FOUND, BENTO_MODEL_INVALID when it is not JSON */
  async json(path: string, options?: SignalOptions): Promise<unknown> {
    return (await this.resolve(options)).json(path, options);
  }

  /** A custom object that was saved with the model. @throws BENTO_MODEL_NOT_FOUND */
  async customObject(name: string): Promise<unknown> {
    return (await this.resolve()).customObject(name);
  }

  override async toInfo(alias?: string): Promise<ModelReferenceInfo> {
    const { tag, info } = await this.resolve();
    return {
      tag: tag.toString(),
      module: info.module === "" ? null : info.module,
      creation_time: info.creationTime,
      ...(alias === undefined ? {} : { alias }),
      registry: "bentoml",
    };
  }

  override async toCreateSchema(): Promise<CreateModelSchema> {
    const { createModelSchema } = await import("./create-model-schema.js");
    return createModelSchema(await this.resolve());
  }

  /** The tag as it was asked for. */
  override toString(): string {
    return this.requested.toString();
  }

  protected override async load({ store, watch }: ModelSource): Promise<StoredModel> {
    if (this.refresh && this.requested.isLatest && store.shared) await this.#refresh(store, watch);
    try {
      return await store.get(this.requested);
    } catch (error) {
      if (!BentoError.is(error, "BENTO_MODEL_NOT_FOUND") || !store.shared) throw this.#explain(error, store.location);
    }
    // Most services find their models, and never load what gets them from elsewhere.
    const { pullMissing } = await import("./pulling/pull-model.js");
    return pullMissing(this.requested, { store, watch, from: this.address, optional: this.optional });
  }

  protected override loadSync({ store }: ModelSource): StoredModel {
    try {
      return store.getSync(this.requested);
    } catch (error) {
      throw this.#explain(error, store.location, waysOut);
    }
  }

  async #refresh(store: ModelStore, watch: PullWatch | undefined): Promise<void> {
    const { pullNewestIfPossible } = await import("./pulling/pull-model.js");
    await pullNewestIfPossible(this.requested, { store, watch, from: this.address });
  }

  #explain(error: unknown, location: string, hint = `Save it first, or look what is there with \`bento models list\`.`): unknown {
    if (!BentoError.is(error, "BENTO_MODEL_NOT_FOUND")) return error;
    const message = `The model ${JSON.stringify(this.toString())} is not in the model store ${location}.`;
    return new BentoError("BENTO_MODEL_NOT_FOUND", message, { hint, cause: error });
  }
}
