import { createHash } from "node:crypto";
import { BentoError, Tag, wireNames as names } from "@bento/core";
import { defaultEndpoint } from "./hub-settings.js";
import { checkModelId, checkRevision, isCommit } from "./model-id.js";
import { Snapshots, type SnapshotOptions } from "./snapshot.js";

/** The version of BentoML whose documents these are. */
const speaksAs = "1.4.39";

/** What names a model of the hub for good. */
export interface HubReference {
  /** `owner/name`, as its page writes it. */
  readonly modelId: string;
  /** Git's hash: 40 hex digits. */
  readonly commit: string;
  /** @default the public hub */
  readonly endpoint?: string | undefined;
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
}

/** An entry of `models` in `bento.yaml` for a model of the hub, under BentoML's names. */
export interface HubModelEntry {
  /** `owner--name:version`, where the version is a digest of the metadata. */
  readonly tag: string;
  readonly module: null;
  readonly creation_time: Date;
  readonly alias?: string;
  readonly registry: "huggingface";
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The body that registers a model of the hub with a registry. Nothing is uploaded for it. */
export interface HubRegistration {
  readonly description: string;
  readonly version: string;
  /** UTC, `YYYY-MM-DD HH:MM:SS.ffffff`. */
  readonly build_at: string;
  readonly labels: readonly never[];
  readonly manifest: Readonly<Record<string, unknown>>;
}

/**
 * The entry of `bento.yaml` that Python BentoML makes for the same model, with the same tag. It has the id in lower case,
 * as Python goes by it to name the folder of the cache; where that differs, `repo_id` keeps what the hub writes.
 * @throws BENTO_TAG_INVALID for an id that makes no tag, such as one of more than 63 characters, and for a revision that is no commit
 * @source BentoML _bentoml_sdk/models/huggingface.py `to_info`
 */
export function hubModelEntry(reference: HubReference, alias?: string): HubModelEntry {
  const { modelId, commit, endpoint = defaultEndpoint, include = null, exclude = null } = reference;
  checkModelId(modelId);
  if (!isCommit(commit)) {
    throw new BentoError("BENTO_TAG_INVALID", `${JSON.stringify(commit)} is no commit of the model ${JSON.stringify(modelId)}.`, {
      hint: "Find the commit of a branch or tag with resolveRevision().",
    });
  }
  const lower = modelId.toLowerCase();
  // In the order of their names, as the digest is taken of them in that order.
  const identity = { endpoint, exclude, include, model_id: lower, revision: commit };
  const version = createHash("md5").update(asciiJson(identity)).digest("hex");
  return {
    tag: Tag.parse(`${lower.replace("/", "--")}:${version}`).toString(),
    module: null,
    [names.creationTime]: new Date(),
    ...(alias === undefined ? {} : { alias }),
    registry: "huggingface",
    metadata: { ...identity, ...(lower === modelId ? {} : { repo_id: modelId }) },
  };
}

/**
 * The model that an entry of `bento.yaml` names, ours or Python's.
 * @throws BENTO_BENTO_INVALID for metadata that names none: a bento may come from anywhere
 */
export function hubReferenceOf(entry: {
  readonly tag: Tag | string;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}): HubReference {
  const { model_id: lower, repo_id: written, revision: commit, endpoint, include, exclude } = entry.metadata ?? {};
  const modelId = typeof written === "string" && written.toLowerCase() === lower ? written : lower;
  const isReference =
    typeof modelId === "string" &&
    typeof commit === "string" &&
    (endpoint === undefined || endpoint === null || typeof endpoint === "string") &&
    [include, exclude].every(isPatterns);
  if (!isReference) {
    throw new BentoError(
      "BENTO_BENTO_INVALID",
      `The model ${JSON.stringify(String(entry.tag))} of a bento does not say which one of the hub it is.`,
      {
        hint: "Its metadata needs a model_id and a revision, both texts; include and exclude are lists of texts.",
      },
    );
  }
  checkModelId(modelId);
  checkRevision(commit);
  const patterns = { include: include ?? undefined, exclude: exclude ?? undefined } as Pick<HubReference, "include" | "exclude">;
  return { modelId, commit, endpoint: endpoint ?? undefined, ...patterns };
}

/**
 * The body with which a registry learns of a model that a bento needs from the hub: by its commit, without its content.
 * @param options says where the list of files is looked for, from which the size is; it is 0 where that cannot be had
 * @throws BENTO_TAG_INVALID, BENTO_BENTO_INVALID for an entry that names no commit
 * @source BentoML _bentoml_sdk/models/huggingface.py `to_create_schema`
 */
export async function hubRegistration(
  reference: HubReference,
  options: Omit<SnapshotOptions, "revision" | "endpoint" | "include" | "exclude"> = {},
): Promise<HubRegistration> {
  const entry = hubModelEntry(reference);
  const { modelId, commit, endpoint = defaultEndpoint, include, exclude } = reference;
  const context = {
    framework_name: "huggingface",
    framework_versions: {},
    [names.bentomlVersion]: speaksAs,
    [names.pythonVersion]: "3.11.7",
  };
  return {
    description: "",
    version: Tag.parse(entry.tag).version ?? commit,
    build_at: `${entry.creation_time.toISOString().slice(0, -1).replace("T", " ")}000`,
    labels: [],
    manifest: {
      module: "",
      [names.apiVersion]: "v1",
      [names.bentomlVersion]: speaksAs,
      size_bytes: await sizeOf(modelId, { ...options, revision: commit, endpoint, include, exclude }),
      metadata: { registry: "huggingface", ...entry.metadata, url: `${endpoint}/${modelId}/tree/${commit}` },
      context,
      options: {},
    },
  };
}

async function sizeOf(modelId: string, options: SnapshotOptions): Promise<number> {
  try {
    const files = await new Snapshots(modelId, options).wanted(options.revision ?? "main");
    return files.reduce((sum, { size }) => sum + size, 0);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (BentoError.is(error)) return 0;
    throw error;
  }
}

function isPatterns(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.every((pattern) => typeof pattern === "string"));
}

/** As Python's `json.dumps` writes it with the shortest separators: whatever is not ASCII is escaped. */
function asciiJson(value: object): string {
  return JSON.stringify(value).replaceAll(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
