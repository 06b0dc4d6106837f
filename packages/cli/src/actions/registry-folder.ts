import { join } from "node:path";
import { resolveHome } from "@bento/store";

/** The folder of a registry: what was said, else the folder `registry` of the home. */
export function registryFolder({ data, home }: { readonly data?: string | undefined; readonly home?: string | undefined }): string {
  return data ?? join(home ?? resolveHome(), "registry");
}
