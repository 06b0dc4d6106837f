import { BentoError, Tag } from "@bento/core";

/** Whether a model is named by its address in an OCI registry. */
export function isOciAddress(model: unknown): model is string {
  return typeof model === "string" && model.startsWith("oci://");
}

/**
 * The tag under which the model of an address is in the store: the last part of the name, and the tag.
 * @throws BENTO_TAG_INVALID quoting the address
 */
export function tagOfAddress(address: string): Tag {
  const [, name, version] = /^oci:\/\/[^/]+\/(?:[^@:]*\/)?([^/:@]+)(?::([^/:@]+))?$/.exec(address) ?? [];
  if (name !== undefined) return Tag.parse(version === undefined ? name : `${name}:${version}`);
  throw new BentoError("BENTO_TAG_INVALID", `${JSON.stringify(address)} is no address of a model in an OCI registry.`, {
    hint: "Write oci://host/name:version, with the name and version of the model itself.",
  });
}
