import type { Asking } from "../http/asking.js";

/** Kinds of repositories, as the first part of a URL names them. Without one it is a model. */
const kinds = { models: "model", datasets: "dataset", spaces: "space" } as const;

type Kind = (typeof kinds)[keyof typeof kinds];

/** A place in a repository of the hub. */
export interface HubPath {
  readonly kind: Kind;
  /** `owner/name`. */
  readonly id: string;
  readonly revision: string;
  /** In the repository; empty for its top. */
  readonly path: string;
}

/**
 * What `owner/name@revision/path` names. A revision has no slash, but for those of the hub's own: `refs/pr/1`,
 * `refs/convert/parquet`.
 * @returns `undefined` where no repository is named, only its owner
 * @throws BENTO_BAD_REQUEST for what can be none
 * @source huggingface_hub hf_file_system.py `resolve_path`, utils/_validators.py `validate_repo_id`
 */
export function parseHubPath(whole: string, asking: Asking): HubPath | undefined {
  const parts = whole.split("/").filter((part) => part !== "");
  const kind: Kind = Object.hasOwn(kinds, parts[0] ?? "") ? kinds[parts.shift() as keyof typeof kinds] : "model";
  const [owner, named, ...rest] = parts;
  if (owner === undefined || named === undefined) return undefined;
  const at = named.indexOf("@");
  const id = `${owner}/${at === -1 ? named : named.slice(0, at)}`;
  let revision = at === -1 ? "main" : named.slice(at + 1);
  if (revision === "refs") revision = [revision, ...rest.splice(0, 2)].join("/");
  const isId = /^[A-Za-z0-9_][\w.-]*\/[A-Za-z0-9_][\w.-]*$/.test(id) && !/--|\.\.|[.-](?:\/|$)|\.git$/.test(id) && id.length <= 96;
  if (!isId || !/^[\w][\w./-]{0,254}$/.test(revision)) {
    throw asking.failure({
      code: "BENTO_BAD_REQUEST",
      reason: `${JSON.stringify(isId ? revision : id)} is no ${isId ? "revision" : "repository"} of the hub`,
      hint: "Write hf://owner/name/path or hf://owner/name@revision/path, as the page of the repository shows them; hf://datasets/owner/name/path for data.",
    });
  }
  return { kind, id, revision, path: rest.join("/") };
}

/** The folder of a kind's repositories in URLs of files; of models there is none. */
export function folderOfKind(kind: Kind): string {
  return kind === "model" ? "" : `${kind}s/`;
}
