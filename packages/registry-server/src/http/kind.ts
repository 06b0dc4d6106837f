/** What a registry keeps. */
export type Kind = "model" | "bento";

export const kinds: readonly Kind[] = ["model", "bento"];
