import type { Version } from "../api/registry-api.js";

/** Whether a version only says where a hub has the model. */
export function namesHub({ manifest }: Pick<Version, "manifest">): boolean {
  const metadata = manifest?.["metadata"];
  return typeof metadata === "object" && metadata !== null && (metadata as Readonly<Record<string, unknown>>)["registry"] === "huggingface";
}
