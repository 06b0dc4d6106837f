import { resolve } from "node:path";
import type { Registry } from "@bento/registry";
import { resolveHome } from "@bento/store";
import type { GlobalOptions } from "../command/global-options.js";

/** The registry that a command is about; nothing is asked of it yet. */
export async function openRegistry({ context, home }: GlobalOptions, threads?: number): Promise<Registry> {
  const library = await import("@bento/registry");
  return new library.Registry({ context, home: homeOf({ home }), parallel: threads });
}

/** The folder of stores and contexts. Absolute. */
export function homeOf({ home }: { readonly home?: string | undefined }): string {
  return resolve(home ?? resolveHome());
}
