// What archives are made of, for whoever takes items in and gives them out without a store: registries.
export type { ArchiveContent, ArchiveEntry, PackOptions } from "./archive/container/container.js";
export { packTar } from "./archive/container/tar-pack.js";
export { readTar, type ReadTarOptions } from "./archive/container/tar-read.js";
export { ByteBudget } from "./archive/rules/byte-budget.js";
export { type Admitted, EntryRules, type ResolvedLink } from "./archive/rules/entry-rules.js";
export { type ImportLimits, limitsOf } from "./archive/rules/limits.js";
export { quoted } from "./archive/rules/unsafe.js";
export { bentoKind } from "./bento/bento-kind.js";
export { modelKind } from "./model/model-kind.js";
export { manifestName } from "./model/file-path.js";
export { parseManifest } from "./model/manifest.js";
export type { ItemKind } from "./store/item-kind.js";
export { byTreeOrder, type Tree, type TreeEntry, type TreeFile } from "./tree/tree.js";
