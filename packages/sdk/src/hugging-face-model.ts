import { BentoError } from "@bento/core";
import type * as Hub from "@bento/registry/hub";
import { type CreateModelSchema, Model, type ModelOptions, type ModelReferenceInfo, type ModelSource, waysOut } from "./model.js";

/** Options of {@link HuggingFaceModel}. */
export interface HuggingFaceModelOptions extends ModelOptions {
  /** A branch, a tag or a commit. It is pinned to a commit when it is resolved. @default `"main"` */
  readonly revision?: string | undefined;
  /** URL of the hub. @default `HF_ENDPOINT`, else `https://huggingface.co` */
  readonly endpoint?: string | undefined;
  /** Files to have, by patterns as of Python's `fnmatch`, in which `*` goes across folders too. @default all files */
  readonly include?: string | readonly string[] | undefined;
  /** Files to leave out, by such patterns. */
  readonly exclude?: string | readonly string[] | undefined;
  /** The token, or `false` for none. @default `HF_TOKEN`, else what `hf auth login` saved, where the endpoint is one that the environment names */
  readonly token?: string | false | undefined;
}

/**
 * A model of the Hugging Face hub: `model = new HuggingFaceModel("google-bert/bert-base-uncased")`, a plain field of a
 * service.
 *
 * Nothing is read or asked until it is resolved, which the server does before the start-up hooks run: it pins the
 * revision to one commit, for all workers, and downloads what the cache has not, which is the one that Python's
 * `huggingface_hub` uses. A commit that is there needs no call.
 */
export class HuggingFaceModel extends Model<Hub.HubSnapshot> {
  /** `owner/name`, as its page writes it. */
  readonly modelId: string;
  /** The revision as it was asked for; `commit` is the exact one. */
  readonly revision: string;
  readonly #options: HuggingFaceModelOptions;
  readonly #include: readonly string[] | undefined;
  readonly #exclude: readonly string[] | undefined;

  /** @throws BENTO_TAG_INVALID quoting the id */
  constructor(modelId: string, options: HuggingFaceModelOptions = {}) {
    super(options);
    // What it may hold exactly is looked at when it is used: that is known where downloads are.
    if (typeof modelId !== "string" || !/^\w[\w.-]*(?:\/\w[\w.-]*)?$/.test(modelId)) {
      throw new BentoError("BENTO_TAG_INVALID", `${JSON.stringify(modelId)} is no id of a model on the Hugging Face hub.`, {
        hint: 'Give it as its page shows it: new HuggingFaceModel("owner/name", { revision: "main" }).',
      });
    }
    this.modelId = modelId;
    this.revision = options.revision ?? "main";
    this.#options = options;
    this.#include = listOf(options.include);
    this.#exclude = listOf(options.exclude);
  }

  /**
   * The reference to the exact model that `toInfo`, or Python's `to_info`, described.
   * @throws BENTO_BENTO_INVALID for metadata that names none
   */
  static override fromInfo(info: ModelReferenceInfo): HuggingFaceModel {
    const { model_id: lower, repo_id: written, revision, endpoint, include, exclude } = info.metadata ?? {};
    const modelId = typeof written === "string" && written.toLowerCase() === lower ? written : lower;
    if (typeof modelId !== "string" || typeof revision !== "string") {
      throw new BentoError(
        "BENTO_BENTO_INVALID",
        `The model ${JSON.stringify(info.tag)} of a bento does not say which one of the hub it is.`,
        {
          hint: "Its metadata needs a model_id and a revision.",
        },
      );
    }
    return new HuggingFaceModel(modelId, {
      revision,
      endpoint: typeof endpoint === "string" ? endpoint : undefined,
      include: textsOf(include),
      exclude: textsOf(exclude),
    });
  }

  override get key(): string {
    const { endpoint = null } = this.#options;
    return `huggingface:${JSON.stringify([this.modelId, this.revision, endpoint, this.#include ?? null, this.#exclude ?? null])}`;
  }

  /** The snapshot itself, without waiting. @throws BENTO_MODEL_NOT_FOUND unless it was resolved, which is done before start-up hooks run */
  get snapshot(): Hub.HubSnapshot {
    return this.resolveSync();
  }

  /** The commit that the revision meant when it was resolved. @throws BENTO_MODEL_NOT_FOUND */
  get commit(): string {
    return this.snapshot.commit;
  }

  /** Absolute path of the folder with its files. @throws BENTO_MODEL_NOT_FOUND */
  get path(): string {
    return this.snapshot.path;
  }

  /** Paths of its files, sorted. @throws BENTO_MODEL_NOT_FOUND */
  get files(): readonly string[] {
    return this.snapshot.files;
  }

  /** Absolute path of one file or folder of the model. @throws BENTO_MODEL_NOT_FOUND, BENTO_FILE_NOT_FOUND */
  resolvePath(path: string): string {
    const { files, path: folder } = this.snapshot;
    if (files.some((file) => file === path || file.startsWith(`${path}/`))) return `${folder}/${path}`;
    throw new BentoError("BENTO_FILE_NOT_FOUND", `The model ${JSON.stringify(this.toString())} holds no ${JSON.stringify(path)}.`, {
      hint: `It holds ${files.slice(0, 5).join(", ")}${files.length > 5 ? " and more" : ""}. Look at include and exclude, too.`,
    });
  }

  /** The commit that the revision means: the one it is pinned to, else the hub is asked. Downloads nothing. */
  override async findPin({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<string> {
    const known = this.resolved?.commit ?? this.pin;
    return known ?? (await loadHub()).resolveRevision(this.modelId, { ...this.#downloadOptions(undefined), signal });
  }

  /** {@inheritDoc Model.toInfo} The revision becomes a commit; nothing is downloaded. */
  override async toInfo(alias?: string): Promise<ModelReferenceInfo> {
    const { hubModelEntry } = await loadHub();
    return hubModelEntry(await this.#reference(), alias);
  }

  override async toCreateSchema(): Promise<CreateModelSchema> {
    const { hubRegistration } = await loadHub();
    return hubRegistration(await this.#reference(), { token: this.#options.token });
  }

  /** The id and the revision as they were asked for. */
  override toString(): string {
    return `${this.modelId}:${this.revision}`;
  }

  protected override async load({ pin, watch }: ModelSource): Promise<Hub.HubSnapshot> {
    const { downloadHubModel } = await import("./pulling/download-hub-model.js");
    return downloadHubModel(this.modelId, this.#downloadOptions(pin), watch);
  }

  protected override loadSync(): never {
    throw new BentoError(
      "BENTO_MODEL_NOT_FOUND",
      `The model ${JSON.stringify(this.toString())} of the Hugging Face hub has not been resolved yet.`,
      {
        hint: waysOut,
      },
    );
  }

  #downloadOptions(pin: string | undefined): Hub.DownloadOptions {
    const { endpoint, token } = this.#options;
    return { revision: pin ?? this.revision, endpoint, token, include: this.#include, exclude: this.#exclude };
  }

  async #reference(): Promise<Hub.HubReference> {
    const { endpoint = process.env["HF_ENDPOINT"] || undefined } = this.#options;
    return { modelId: this.modelId, commit: await this.findPin(), endpoint, include: this.#include, exclude: this.#exclude };
  }
}

/** Services without such a model load nothing of it. */
async function loadHub(): Promise<typeof Hub> {
  return import("@bento/registry/hub");
}

function listOf(patterns: string | readonly string[] | undefined): readonly string[] | undefined {
  return typeof patterns === "string" ? [patterns] : patterns;
}

/** Of a bento that may come from anywhere: what is no list of texts names no files. */
function textsOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((text) => typeof text === "string") ? value : undefined;
}
