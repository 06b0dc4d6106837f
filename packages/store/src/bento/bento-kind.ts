import { bentoYamlName } from "../disk/layout.js";
import type { ItemKind } from "../store/item-kind.js";
import type { BentoInfo } from "./bento-info.js";
import { parseBentoYaml } from "./bento-yaml.js";

/** Bentos: `<home>/bentos/<name>/<version>/bento.yaml`. */
export const bentoKind: ItemKind<BentoInfo> = {
  noun: "bento",
  folder: "bentos",
  document: bentoYamlName,
  label: "bentos",
  listCommand: "bento list",
  codes: {
    notFound: "BENTO_BENTO_NOT_FOUND",
    exists: "BENTO_BENTO_EXISTS",
    invalid: "BENTO_BENTO_INVALID",
    ambiguous: "BENTO_BENTO_AMBIGUOUS",
  },
  parse: parseBentoYaml,
};
