import { BentoError } from "@bento/core";
import type * as google from "@google-cloud/storage";
import { withSignal } from "../../../store/cancellation.js";
import { isLostConnection, remoteFailure } from "../../remote-failure.js";
import type { RemoteLocation, Secrets } from "../../remote.js";
import { loadOptional } from "../shared/optional-package.js";
import { signInHint } from "./failure.js";
import type { BucketSettings } from "./settings.js";

/** Gives the headers that say who asks. */
export interface Access {
  headers(signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
}

const nobody: Access = { headers: () => Promise.resolve({}) };

/** Who asks, as the settings have it. Google's library is needed, and loaded, only to find credentials and to get tokens for them. */
export async function accessOf({ credential, endpoint }: BucketSettings, location: RemoteLocation): Promise<Access> {
  if (credential.kind === "anonymous") return nobody;
  if (credential.kind === "token") {
    const headers = { authorization: `Bearer ${credential.token}` };
    return { headers: () => Promise.resolve(headers) };
  }
  const { Storage } = await loadOptional(() => import("@google-cloud/storage"), {
    name: "@google-cloud/storage",
    scheme: location.protocol,
  });
  const storage = new Storage({
    apiEndpoint: endpoint,
    // Files belong to no project: without one it would start gcloud and ask other servers to find it.
    projectId: "-",
    retryOptions: { autoRetry: false, maxRetries: 0 },
    ...(credential.keyFile !== undefined && { keyFilename: credential.keyFile }),
  });
  return new FoundAccess(storage, `${location.protocol}://${location.host}/`, location.secrets);
}

/** Credentials that the library finds, and the tokens that it gets for them, which it renews by itself. */
class FoundAccess implements Access {
  readonly #storage: google.Storage;
  readonly #place: string;
  readonly #secrets: Secrets;

  constructor(storage: google.Storage, place: string, secrets: Secrets) {
    this.#storage = storage;
    this.#place = place;
    this.#secrets = secrets;
  }

  async headers(signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    let headers: Readonly<Record<string, string>>;
    try {
      headers = await withSignal(signal, "Getting a token of Google", this.#storage.authClient.getRequestHeaders());
    } catch (error) {
      throw BentoError.is(error) ? error : this.#failure(error);
    }
    for (const [name, value] of Object.entries(headers)) {
      if (name.toLowerCase() === "authorization") this.#secrets.add(value.replace(/^Bearer /i, ""));
    }
    return headers;
  }

  #failure(thrown: unknown): BentoError {
    const error: GaxiosFailure = thrown instanceof Error ? thrown : new Error("something unknown went wrong");
    const status = error.response?.status;
    const isTransient = status === undefined ? isLostConnection(error) : status === 429 || status >= 500;
    return remoteFailure({
      doing: "get a token for",
      place: this.#place,
      reason: reasonOf(error, status),
      hint: signInHint,
      code: isTransient ? undefined : "BENTO_UNAUTHORIZED",
      isTransient,
      secrets: this.#secrets,
    });
  }
}

/** What went wrong, without the server's sentence: that may repeat what it was sent, which only the library knows. */
function reasonOf(error: GaxiosFailure, status: number | undefined): string {
  // What the parser of JSON says quotes the file, which holds a key.
  if (error instanceof SyntaxError) return "the file of credentials is no JSON";
  const said = error.response?.data?.error ?? /^Error code ([a-z_]+)/.exec(error.message)?.[1];
  const word = typeof said === "string" && /^[a-z_]{1,64}$/.test(said) ? said : undefined;
  if (status !== undefined || word !== undefined) return `the server of tokens answered ${[status, word].join(" ").trim()}`;
  return error.message.split("\n", 1)[0] ?? "";
}

/** What the library throws: its request with all that is secret in it, and the answer. */
interface GaxiosFailure extends Error {
  readonly response?: { readonly status?: number; readonly data?: { readonly error?: unknown } };
}
