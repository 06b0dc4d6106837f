import type { TagLike } from "@bento/core";
import { resolve } from "node:path";
import type { ModelInfo, ModelInput } from "../model/model-info.js";
import { modelKind } from "../model/model-kind.js";
import { SignatureGate } from "../signing/gate.js";
import { policyOf, policyVariables, type SignaturePolicy } from "../signing/policy.js";
import { type Aliases, type ModelStoreOptions, resolveAlias } from "../store/aliases.js";
import { type CreateArguments, createArguments, runDraft } from "../store/create-model.js";
import { Draft } from "../store/draft.js";
import { tagForDraft } from "../store/draft-tag.js";
import type { ModelDraft, ModelStore, SignalOptions, StoredModel } from "../store/model-store.js";
import type { VersionedTag } from "../store/stored-item.js";
import { itemExists } from "../store/version-choice.js";
import { FileItemStore } from "./file-item-store.js";
import { FilePlace } from "./file-place.js";
import { FileStoredModel } from "./file-stored-model.js";
import { resolveHome } from "./home.js";
import { itemFolder } from "./layout.js";
import { storeFailure, isErrno } from "./store-failure.js";
import { Workspace } from "./workspace.js";
import { lstatSync } from "node:fs";

/**
 * The models of a home, in the folders that Python BentoML uses too.
 *
 * Any number of objects and processes may work on one home at once. Nothing is opened or made before it is needed.
 *
 * An import that replaces a version is the one thing that takes two steps: for less than a millisecond neither the old
 * nor the new content is in place. `get` waits for it; a listing of that very instant may miss the version, as Python
 * does. Should the process be killed right there, the next use of the home puts the old version back.
 */
export class FileModelStore extends FileItemStore<ModelInfo, StoredModel> implements ModelStore {
  readonly signatures: SignaturePolicy | undefined;
  readonly #aliases: Aliases | undefined;
  readonly #gate: SignatureGate | undefined;

  /**
   * @param home the folder that holds `models/`; default {@link resolveHome}. A relative path counts from the folder that is current now.
   * @param options `signatures`: default, what the environment says in BENTO_SIGNATURES and BENTO_TRUSTED_KEYS
   * @throws BENTO_CONFIG_INVALID when the home is empty, or the environment cannot be understood
   */
  constructor(home: string = resolveHome(), { aliases, signatures = policyOf() }: ModelStoreOptions = {}) {
    super(modelKind, home);
    this.#aliases = aliases;
    this.signatures = signatures?.require === true ? signatures : undefined;
    this.#gate = this.signatures && new SignatureGate(this.signatures);
  }

  async create(...given: CreateArguments): Promise<StoredModel> {
    const { tag, input, write } = createArguments(given);
    return runDraft(await this.draft(tag, input), write);
  }

  async draft(given: TagLike, input: ModelInput & SignalOptions = {}): Promise<ModelDraft> {
    const tag = tagForDraft(given);
    await this.leftovers.sweep();
    const draft: Draft = new Draft(tag, input, {
      open: () => {
        if (this.#isTaken(tag)) throw itemExists(modelKind, tag);
        return new FilePlace(this.layout, tag, Workspace.open(this.layout, tag));
      },
      onEnd: () => this.unfinished.delete(draft),
    });
    this.unfinished.add(draft);
    return draft;
  }

  override async get(asked: TagLike): Promise<StoredModel> {
    const model = super.getSync(resolveAlias(this.#aliases, asked));
    await this.#gate?.admit(model, model.path);
    return model;
  }

  override getSync(asked: TagLike): StoredModel {
    const model = super.getSync(resolveAlias(this.#aliases, asked));
    this.#gate?.admitSync(model.tag, model.path);
    return model;
  }

  protected override stored(tag: VersionedTag, folder: string, info?: ModelInfo): StoredModel {
    return new FileStoredModel(this.layout, tag, folder, info);
  }

  #isTaken(tag: VersionedTag): boolean {
    const folder = itemFolder(this.layout, tag);
    try {
      return lstatSync(folder, { throwIfNoEntry: false }) !== undefined;
    } catch (error) {
      if (isErrno(error, "ENOTDIR")) return false;
      throw storeFailure(error, "read", folder);
    }
  }
}

const defaults = new Map<string, FileModelStore>();

/** The file store of the home that the environment names now; the same object for the same home and policy. */
export function defaultStore(): FileModelStore {
  const home = resolve(resolveHome());
  const key = [home, process.env[policyVariables.mode], process.env[policyVariables.keys]].join("\0");
  const store = defaults.get(key) ?? new FileModelStore(home);
  defaults.set(key, store);
  return store;
}
