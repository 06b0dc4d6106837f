/** What our client does otherwise than Python's in one step of a scenario. */
export interface Improvement {
  readonly why: string;
  /** How the step ends: an outcome, or the code of an error. By default as Python's did. */
  readonly end?: string;
  /** Requests that Python's client does not send. */
  readonly more?: readonly string[];
  /** Requests that only Python's client sends. */
  readonly less?: readonly string[];
  /** Whether a step that fails leaves something new in the store. */
  readonly leaves?: true;
}

const model = "model_repositories/tiny/models/v1";
const newer = "model_repositories/tiny/models/v2";
const fancy = "model_repositories/fancy/models/v1";
const bento = "bento_repositories/summ/bentos/b1";
const query = "?expires=expires&signature=signature";

const again = "what may pass is tried again (here once)";
const damaged = "what is not what it should be is refused, after it came twice";
const damagedTwice = { why: damaged, end: "BENTO_INTEGRITY_FAILED", more: [`GET ${newer}/download`] };
const asksForModels = [`GET ${fancy}`, `GET ${model}`];
const looksForModels = "whether the registry has the models that the store has not is asked, not only warned of";

/** By scenario and number of the command in it. */
export const ours: Readonly<Record<string, Improvement | undefined>> = {
  "models-push-no-upload-id 0": { why: again, more: [`PATCH ${model}/start_multipart_upload`] },
  "models-push-no-upload-id 1": { why: again, more: [`PATCH ${model}/complete_multipart_upload`] },
  "models-push-presigned-error 0": {
    why: "a URL that is refused is asked for anew, once: it may have expired",
    more: [`PATCH ${model}/presign_upload_url`, `PUT /objects/model/tiny/v1${query}`],
  },
  "models-push-presigned-drop 0": { why: again, more: [`PATCH ${model}/presign_upload_url`, `PUT /objects/model/tiny/v1${query}`] },
  "models-push-upload-500 0": { why: again, more: [`PUT ${model}/upload`] },
  "models-push-upload-500 1": { why: again, more: [`PUT ${model}/upload`] },
  "models-push-upload-drop 0": { why: again, more: [`PUT ${model}/upload`] },
  "models-push-forgetful 0": {
    why: "an upload that the registry does not call whole is looked after, and is no success",
    end: "BENTO_REGISTRY_FAILED",
    more: [`GET ${model}`],
  },
  "models-push-forgetful 1": { why: "the same", end: "BENTO_REGISTRY_FAILED", more: [`GET ${model}`] },
  "models-push-conflict 0": {
    why: "another push may have been faster: it is looked whether it was",
    more: ["GET model_repositories/tiny"],
  },
  "models-push-conflict 1": { why: "the same", more: [`GET ${model}`] },
  "models-push-null-url 0": {
    why: "no URL is no URL: it goes through the registry, which here does not know of that",
    more: [`PUT ${model}/upload`],
    less: [`PATCH ${model}/finish_upload`],
  },
  "models-pull-latest 1": {
    why: "the registry says what is the newest, also where the store has an older one",
    more: ["GET model_repositories/tiny/models?start=0&count=10"],
  },
  "models-pull-presigned-errors 0": {
    why: "a URL that is refused is asked for anew, once: it may have expired",
    more: [`PATCH ${model}/presign_download_url`, `GET /objects/model/tiny/v1${query}`],
  },
  "models-pull-truncate 0": { why: again, more: [`GET ${newer}/download`] },
  "models-pull-cut-member 0": damagedTwice,
  "models-pull-corrupt 0": damagedTwice,
  "models-pull-missing-file 0": damagedTwice,
  "models-pull-wrong-tag 0": damagedTwice,
  "models-pull-gzip 0": { ...damagedTwice, why: `${damaged}; it is another archive than the one whose SHA-256 is told` },
  "models-pull-wrong-checksum 0": damagedTwice,
  "models-pull-download-500 0": { why: again, more: [`GET ${model}/download`] },
  "bento-push-models-elsewhere 0": { why: looksForModels, more: asksForModels },
  "bento-push-model-fails 0": {
    why: "one model after the other: the second is not begun when the first cannot be sent, and that was tried again",
    more: [`PUT ${fancy}/upload`],
    less: [
      "GET model_repositories/tiny",
      "POST model_repositories",
      `GET ${model}`,
      "POST model_repositories/tiny/models",
      `PATCH ${model}/start_upload`,
      `PUT ${model}/upload`,
    ],
  },
  "bento-push-upload-fails 0": {
    why: "each try of a part asks for its URL, and nothing is completed after a part that failed",
    more: [...asksForModels, `PATCH ${bento}/presign_multipart_upload_url`],
    less: [`PUT /objects/uploads/upload-id/1${query}`, `PATCH ${bento}/complete_multipart_upload`],
  },
  "bento-push-upload-fails 1": { why: looksForModels, more: asksForModels },
  "bento-pull-model-missing 0": {
    why: "as Python's: the bento is whole, and the next pull gets the models that are missing",
    leaves: true,
  },
  "bento-pull-latest 0": {
    why: "what `latest` stands for is got by its version, which does not change meanwhile",
    more: [`GET ${bento}/download`],
    less: ["GET bento_repositories/summ/bentos/latest/download"],
  },
  "bento-pull-latest 1": {
    why: "a name alone means the newest, as it does for models",
    end: "present",
    more: ["GET bento_repositories/summ/bentos/latest"],
  },
  "bento-pull-unfinished 0": { why: "what is not whole is not asked for", less: [`GET ${bento}/download`] },
  "bento-pull-truncate 0": { why: again, more: [`GET ${bento}/download`] },
};

/** Those whose commands are run; the others need a broken or slow connection of another kind, a kill, or models of 100 MiB. */
export const played = [
  ...["undecided", "proxy", "presigned", "multipart"].map((strategy) => `models-push-${strategy}`),
  ...["latest", "custom-objects", "part-no-etag", "no-upload-id", "presigned-error", "presigned-drop"].map((what) => `models-push-${what}`),
  ...["upload-500", "upload-drop", "upload-201", "already-uploaded", "in-progress", "status-uploading"].map(
    (what) => `models-push-${what}`,
  ),
  ...["checksum-refused", "checksum-refused-multipart", "forgetful", "conflict", "not-found-400"].map((what) => `models-push-${what}`),
  ...["revoked-token", "null-url"].map((what) => `models-push-${what}`),
  ...["undecided", "proxy", "presigned", "multipart"].map((strategy) => `models-pull-${strategy}`),
  ...["latest", "unknown", "force-unknown", "unfinished", "truncate", "cut-member", "corrupt"].map((what) => `models-pull-${what}`),
  ...["missing-file", "wrong-tag", "gzip", "no-length", "wrong-checksum", "presigned-errors", "download-500"].map(
    (what) => `models-pull-${what}`,
  ),
  ...["proxy", "undecided", "presigned", "multipart", "models-elsewhere", "models-present", "failed-before"].map(
    (what) => `bento-push-${what}`,
  ),
  ...["model-fails", "upload-fails"].map((what) => `bento-push-${what}`),
  ...["proxy", "undecided", "presigned", "multipart", "latest", "unknown"].map((what) => `bento-pull-${what}`),
  ...["model-missing", "unfinished", "truncate"].map((what) => `bento-pull-${what}`),
];
