import { BentoError } from "@bento/core";

/** Git's full hash of a commit. */
export function isCommit(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

/**
 * Refuses what is no id of a model on the hub: it becomes part of URLs and of the names of folders.
 * @throws BENTO_TAG_INVALID quoting the id
 * @source huggingface_hub utils/_validators.py `validate_repo_id`
 */
export function checkModelId(id: string): void {
  const isId = /^(?:[A-Za-z0-9_][\w.-]*\/)?[A-Za-z0-9_][\w.-]*$/.test(id) && !/--|\.\.|[.-](?:\/|$)|\.git$/.test(id) && id.length <= 96;
  if (isId) return;
  throw new BentoError("BENTO_TAG_INVALID", `${JSON.stringify(id)} is no id of a model on the Hugging Face hub.`, {
    hint: 'Give it as its page shows it: "owner/name", at most 96 letters, digits, ".", "-" and "_".',
  });
}

/**
 * Refuses what is no revision: it becomes the path of a file in the cache.
 * @throws BENTO_TAG_INVALID quoting the revision
 */
export function checkRevision(revision: string): void {
  // What git refuses in the name of a branch, as far as it matters to paths and URLs.
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  const isRevision = revision.length <= 255 && !/^$|[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|^[/.]|\/[/.]|[/.]$/.test(revision);
  if (isRevision) return;
  throw new BentoError("BENTO_TAG_INVALID", `${JSON.stringify(revision)} is no revision of a model on the Hugging Face hub.`, {
    hint: 'Give a branch, a tag or a commit: "main", "v1.0", "refs/pr/1", or 40 hexadecimal digits.',
  });
}
