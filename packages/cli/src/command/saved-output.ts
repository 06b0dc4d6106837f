/** How a command that brings a new item into the store says so; `text` is BentoML's sentence. */
export const savedOutputs = ["text", "json", "tag", "path"] as const;

export type SavedOutput = (typeof savedOutputs)[number];
