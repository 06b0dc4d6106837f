import type { ItemStore } from "../actions/item-store.js";

/** What a command is about: models or bentos have most commands in common. */
export interface Kind {
  readonly noun: "model" | "bento";
  /** As BentoML shows it: `Model(tag="digits:v1")`. */
  readonly title: "Model" | "Bento";
  /** What stands before the names of its commands. */
  readonly prefix: "bento models" | "bento";
  /** For the examples in a help. */
  readonly exampleName: string;
  /** The extension of its archives. */
  readonly extension: "bentomodel" | "bento";
  readonly yamlName: "model.yaml" | "bento.yaml";
  /** The store of a home; what it takes is loaded now. */
  readonly open: (home: string | undefined) => Promise<ItemStore>;
}

export const modelKind: Kind = {
  noun: "model",
  title: "Model",
  prefix: "bento models",
  exampleName: "digits",
  extension: "bentomodel",
  yamlName: "model.yaml",
  open: async (home) => (await import("../actions/model-items.js")).openModels(home),
};

export const bentoKind: Kind = {
  noun: "bento",
  title: "Bento",
  prefix: "bento",
  exampleName: "classifier",
  extension: "bento",
  yamlName: "bento.yaml",
  open: async (home) => (await import("../actions/bento-items.js")).openBentos(home),
};
