import { BentoError, type Tag } from "@bento/core";
import type { BentoModelReference } from "../bento/bento-info.js";
import { storedModelsOf } from "../bento/bento-models.js";
import type { StoredBento } from "../bento/bento-store.js";
import { latestName, modelYamlName } from "../disk/layout.js";
import { compareCreation } from "../model/model-info.js";
import type { ModelStore } from "../store/model-store.js";
import { combineTrees, type TreePart } from "../tree/combined-tree.js";
import { subTree } from "../tree/sub-tree.js";
import { textTree } from "../tree/text-tree.js";
import type { Tree } from "../tree/tree.js";

/** Folder of an exported bento that holds its models, as a model store of its own. */
const modelsFolder = "models";

/** A bento as it lies in a store: without models, also if a failed export of Python's left some in it. */
export function bareBentoTree(bento: StoredBento): Tree {
  return combineTrees([{ below: "", tree: bento.tree(), without: modelsFolder }]);
}

/**
 * A bento together with the models that it names, as `models/<name>/<version>`, and for each name a `latest`. Models of
 * hubs are not among them.
 * @throws BENTO_MODEL_NOT_FOUND naming the bento and a model that is neither in the store, under exactly its tag, nor in the bento's own folder
 */
export async function bentoTreeWithModels(bento: StoredBento, models: ModelStore): Promise<Tree> {
  const own = bento.tree();
  const parts = new Map<string, TreePart>();
  const newest = new Map<string, BentoModelReference & { readonly version: string }>();
  for (const reference of storedModelsOf(bento)) {
    const { tag, tree } = await carriedModel(bento, own, reference.tag, models);
    const version = tag.version as string;
    const below = `${modelsFolder}/${tag.name}/${version}`;
    parts.set(below, { below, tree });
    const rival = newest.get(tag.name);
    if (rival === undefined || compareCreation(reference, rival) >= 0) newest.set(tag.name, { ...reference, version });
  }
  const latest = textTree(new Map([...newest].map(([name, { version }]) => [`${name}/${latestName}`, version])));
  const extra = parts.size === 0 ? [] : [...parts.values(), { below: modelsFolder, tree: latest }];
  return combineTrees([{ below: "", tree: own, without: modelsFolder }, ...extra]);
}

interface CarriedModel {
  readonly tag: Tag;
  readonly tree: Tree;
}

async function carriedModel(bento: StoredBento, own: Tree, tag: Tag, models: ModelStore): Promise<CarriedModel> {
  let cause: unknown;
  try {
    const model = await models.get(tag);
    // A store also answers a version that merely begins alike: that is another model.
    if (tag.isLatest || model.tag.equals(tag)) return { tag: model.tag, tree: model.tree() };
  } catch (error) {
    if (!BentoError.is(error, "BENTO_MODEL_NOT_FOUND") && !BentoError.is(error, "BENTO_MODEL_AMBIGUOUS")) throw error;
    cause = error;
  }
  const folder = `${modelsFolder}/${tag.name}/${tag.version}`;
  const entries = await own.entries();
  if (entries.some(({ path }) => path === `${folder}/${modelYamlName}`)) return { tag, tree: subTree(own, folder) };
  throw new BentoError(
    "BENTO_MODEL_NOT_FOUND",
    `The bento ${JSON.stringify(String(bento.tag))} needs the model ${JSON.stringify(String(tag))}, which is not in the store ${JSON.stringify(models.location)}.`,
    { hint: "Import the model first, or export without models: withModels: false.", cause },
  );
}
