import { modelYamlName } from "../disk/layout.js";
import type { ItemKind } from "../store/item-kind.js";
import type { ModelInfo } from "./model-info.js";
import { parseModelYaml } from "./model-yaml.js";

/** Models: `<home>/models/<name>/<version>/model.yaml`. */
export const modelKind: ItemKind<ModelInfo> = {
  noun: "model",
  folder: "models",
  document: modelYamlName,
  label: "bento",
  listCommand: "bento models list",
  codes: {
    notFound: "BENTO_MODEL_NOT_FOUND",
    exists: "BENTO_MODEL_EXISTS",
    invalid: "BENTO_MODEL_INVALID",
    ambiguous: "BENTO_MODEL_AMBIGUOUS",
  },
  parse: parseModelYaml,
};
