import { BentoError } from "@bento/core";

/** What was asked for, as messages name it. */
export interface HubTarget {
  readonly endpoint: string;
  readonly modelId: string;
  readonly revision: string;
}

/** What an answer begins with. */
export interface HubHead {
  readonly status: number;
  readonly headers: Headers;
}

/** As it stands in a sentence. */
export function named({ modelId, revision }: HubTarget): string {
  return `${JSON.stringify(modelId)} (revision ${JSON.stringify(revision)})`;
}

/** What to throw for an answer of the hub that is none of success. What the hub says itself is not quoted: anybody may have written it. */
export function refusal(head: HubHead, target: HubTarget, hasToken: boolean): BentoError {
  const { status, headers } = head;
  const { endpoint, modelId, revision } = target;
  const page = `${endpoint}/${modelId}`;
  const reason = headers.get("x-error-code");
  const login = "set HF_TOKEN, or log in with `hf auth login`";
  if (reason === "GatedRepo") {
    const hint = hasToken ? `Ask for access at ${page} with the account of the token.` : `Ask for access at ${page}, then ${login}.`;
    return new BentoError("BENTO_FORBIDDEN", `The model ${named(target)} is gated at ${endpoint}: its owner decides who may have it.`, {
      hint,
    });
  }
  if (reason === "RevisionNotFound") {
    return new BentoError(
      "BENTO_MODEL_NOT_FOUND",
      `The model ${JSON.stringify(modelId)} at ${endpoint} has no revision ${JSON.stringify(revision)}.`,
      {
        hint: `Name a branch, a tag or a commit: ${page}/commits/main shows them.`,
      },
    );
  }
  if (status === 401 && hasToken && reason !== "RepoNotFound") {
    return new BentoError(
      "BENTO_UNAUTHORIZED",
      `${endpoint} does not accept the token that it was asked with for the model ${named(target)}.`,
      {
        hint: `Make a new token at ${endpoint}/settings/tokens, then ${login}.`,
      },
    );
  }
  if (reason === "RepoNotFound" || status === 401 || status === 404) {
    return new BentoError("BENTO_MODEL_NOT_FOUND", `There is no model ${named(target)} at ${endpoint}, or it is private.`, {
      hint: hasToken
        ? "Look for a mistake in its name, or use a token that may read it."
        : `Look for a mistake in its name; if it is private, ${login}.`,
    });
  }
  if (status === 403) {
    return new BentoError("BENTO_FORBIDDEN", `The token may not read the model ${named(target)} at ${endpoint}.`, {
      hint: `Look at what the token may do at ${endpoint}/settings/tokens, and at ${page}.`,
    });
  }
  const isPassing = status === 408 || status === 429 || status >= 500;
  const what = status === 429 ? "has had too many requests" : `answered with status ${status}`;
  return new BentoError("BENTO_REGISTRY_FAILED", `${endpoint} ${what} when it was asked for the model ${named(target)}.`, {
    hint: status === 429 && !hasToken ? `Try again later, or ${login}: who is known may ask more.` : "Try again later.",
    retryAfterMs: isPassing ? (retryAfterMs(headers) ?? 0) : undefined,
  });
}

/** What to throw where no answer came, or where it broke off. It may pass at any time, so it can be tried again at once. */
export function unreachable(error: unknown, target: HubTarget, host: string): BentoError {
  if (BentoError.is(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new BentoError("BENTO_REGISTRY_FAILED", `${host} cannot be reached for the model ${named(target)}: ${reason}.`, {
    hint: "Look at the network. HF_ENDPOINT names a mirror; HF_HUB_OFFLINE=1 makes do with what the cache holds.",
    retryAfterMs: 0,
    cause: error,
  });
}

/** What to throw for an answer that no hub gives. */
export function strangeAnswer(target: HubTarget, what: string): BentoError {
  return new BentoError("BENTO_REGISTRY_FAILED", `${target.endpoint} was asked for the model ${named(target)} and ${what}.`, {
    hint: "Look whether HF_ENDPOINT names a Hugging Face hub, and whether a proxy changes its answers.",
  });
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EROFS: "the disk is read-only",
  EACCES: "this user has no permission",
  EPERM: "this user has no permission",
  ENOTDIR: "a file stands where a folder is needed",
};

/** What to throw for an error of the system in the cache; all else stays what it is. @param doing after "Cannot" */
export function cacheFailure(error: unknown, doing: string, path: string): unknown {
  if (!(error instanceof Error) || !("syscall" in error)) return error;
  const { code = "" } = error as NodeJS.ErrnoException;
  return new BentoError("BENTO_STORE_FAILED", `Cannot ${doing} ${JSON.stringify(path)}: ${reasons[code] ?? error.message} (${code}).`, {
    hint: "Free some space, or name another folder in HF_HUB_CACHE.",
    cause: error,
  });
}

/** What the header `Retry-After` says, in milliseconds. */
function retryAfterMs(headers: Headers): number | undefined {
  const text = headers.get("retry-after") ?? "";
  if (/^\d{1,6}$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}
