export type { ContentDocument } from "./wire/index.js";
