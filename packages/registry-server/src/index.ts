export type { ContentDocument } from "@bento/registry/wire";
