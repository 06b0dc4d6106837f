import { BentoError, type Tag, type TagLike } from "@bento/core";
import { type BentoStore, type ModelStore, type Progress, resolveHome, type StoredBento, type StoredModel, Transfer } from "@bento/store";
import type { User } from "./api/schemas.js";
import type { Environment } from "./contexts/connection.js";
import type { Verified } from "./protocol.js";
import type { RemoteItem } from "./remote/remote-item.js";
import type { Session } from "./remote/session.js";
import type { RetryOptions } from "./transfer/with-retry.js";

/** Which registry, as whom, and how hard it is tried. Nothing given: the environment, else the saved context. */
export interface RegistryOptions {
  /** `https://host`. */
  readonly endpoint?: string | undefined;
  readonly token?: string | undefined;
  /** The name of a context that `bento cloud login` saved. */
  readonly context?: string | undefined;
  /** Where contexts and unfinished transfers are kept. Default: BENTOML_HOME, else `~/bentoml`. */
  readonly home?: string | undefined;
  /** Parts of one transfer at once, at most. Default 10. */
  readonly parallel?: number | undefined;
  /** How often, and after which pauses, what failed for a moment is tried again. */
  readonly retry?: Pick<RetryOptions, "retries" | "minMs" | "maxMs"> | undefined;
  /** Default: that of the process. */
  readonly env?: Environment | undefined;
}

/** What a call may be told to stop by. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link Registry.push}. */
export interface PushOptions extends CallOptions {
  /** Where the model is. Default: the file store of the home. */
  readonly store?: ModelStore | undefined;
  /** Put it in the place of what the registry has, labels and metadata included. Default: what is there stays. */
  readonly force?: boolean | undefined;
}

/** Options of {@link Registry.pull}. */
export interface PullOptions extends CallOptions {
  /** Where the model goes. Default: the file store of the home. */
  readonly store?: ModelStore | undefined;
  /** Get it anew although the store has it: the old copy goes when the new one is whole. */
  readonly force?: boolean | undefined;
  /** Which of the versions the newest is looked for among, in the registry's language: `label:stage=prod`. */
  readonly query?: string | undefined;
}

/** Options of {@link RegistryBentos.push}. */
export interface BentoPushOptions extends CallOptions {
  /** Where the bento is. Default: the file store of the home. */
  readonly store?: BentoStore | undefined;
  /** Where its models are. Default: the file store of the home. `false` leaves them out. */
  readonly models?: ModelStore | false | undefined;
  readonly force?: boolean | undefined;
}

/** Options of {@link RegistryBentos.pull}. */
export interface BentoPullOptions extends CallOptions {
  readonly store?: BentoStore | undefined;
  /** Where its models go. Default: the file store of the home. `false` leaves them where they are. */
  readonly models?: ModelStore | false | undefined;
  readonly force?: boolean | undefined;
}

/** Which are listed. */
export interface RemoteListOptions extends CallOptions {
  /** All versions of one name. */
  readonly name?: string | undefined;
  /** Only names that this is part of. */
  readonly search?: string | undefined;
  /** Only those that carry all these labels. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** What a push ends with. */
export interface PushResult {
  readonly tag: Tag;
  /** `"skipped"`: the registry has it already. */
  readonly outcome: "pushed" | "skipped";
  /** Of the whole, and of what went out. */
  readonly bytes: { readonly total: number; readonly sent: number };
}

/** What a pull of a model ends with. */
export interface PullResult {
  readonly model: StoredModel;
  /** `"present"`: the store had it already. */
  readonly outcome: "pulled" | "present";
  /** What it was verified by when it came. */
  readonly verified: Verified;
}

/** What a push of a bento ends with. */
export interface BentoPushResult extends PushResult {
  /** What became of its models. */
  readonly models: readonly PushResult[];
  /** Models that neither the store nor the registry has. */
  readonly missing: readonly Tag[];
}

/** What a pull of a bento ends with. */
export interface BentoPullResult {
  readonly bento: StoredBento;
  readonly outcome: "pulled" | "present";
  readonly verified: Verified;
  readonly models: readonly PullResult[];
}

/**
 * A registry of models and bentos: BentoCloud, another one that speaks its API, or ours.
 *
 * `await registry.push("digits:latest", { store })`; or iterate over its progress. What fails for a moment is tried
 * again; what comes is checked before anybody can see it.
 * @throws from every method: BENTO_UNAUTHORIZED, BENTO_FORBIDDEN, BENTO_REGISTRY_FAILED naming the registry and its words, BENTO_CANCELLED
 */
export class Registry {
  readonly bentos: RegistryBentos;
  readonly #connection: Connection;

  constructor(options: RegistryOptions = {}) {
    this.#connection = new Connection(options);
    this.bentos = new RegistryBentos(this.#connection);
  }

  /** Sends a model. @throws BENTO_MODEL_NOT_FOUND where the store has none, BENTO_CONFLICT when another push of the tag goes on */
  push(tag: TagLike, options: PushOptions = {}): Transfer<PushResult> {
    return new Transfer((report) =>
      this.#connection.run(options.signal, async (session) => {
        const { pushModel } = await import("./remote/push.js");
        return pushModel(session, tag, { ...options, report });
      }),
    );
  }

  /**
   * Gets a model. A version that the store has is only got with `force`; without a version, or for `latest`, the registry
   * says which one is the newest.
   * @throws BENTO_MODEL_NOT_FOUND; BENTO_INTEGRITY_FAILED, BENTO_ARCHIVE_INVALID, BENTO_ARCHIVE_UNSAFE for what is not what it should be
   */
  pull(tag: TagLike, options: PullOptions = {}): Transfer<PullResult> {
    return new Transfer((report) =>
      this.#connection.run(options.signal, async (session) => {
        const { pullModel } = await import("./remote/pull.js");
        return pullModel(session, tag, { ...options, report });
      }),
    );
  }

  /** The models, newest first. */
  async list(options: RemoteListOptions = {}): Promise<readonly RemoteItem[]> {
    return this.#connection.run(options.signal, async (session) => {
      const { listItems } = await import("./remote/list.js");
      return listItems(session, "model", options);
    });
  }

  /** What the registry says of one model; of the newest one where no version is named. @throws BENTO_MODEL_NOT_FOUND */
  async get(tag: TagLike, options: CallOptions = {}): Promise<RemoteItem> {
    return this.#connection.run(options.signal, async (session) => {
      const { getItem } = await import("./remote/list.js");
      return getItem(session, "model", tag);
    });
  }

  /** Removes one version; a bare name removes them all; `name:latest` the newest. @throws BENTO_MODEL_NOT_FOUND */
  async delete(tag: TagLike, options: CallOptions = {}): Promise<void> {
    return this.#connection.run(options.signal, async (session) => {
      const { deleteItem } = await import("./remote/list.js");
      return deleteItem(session, "model", tag);
    });
  }

  /** The address of the registry that is meant; `undefined` where nobody is logged in to any. Asks nobody. */
  async endpoint(): Promise<string | undefined> {
    try {
      return await this.#connection.run(undefined, async ({ api }) => api.http.endpoint);
    } catch (error) {
      if (BentoError.is(error, "BENTO_UNAUTHORIZED")) return undefined;
      throw error;
    }
  }

  /** Whose token it is. */
  async user(options: CallOptions = {}): Promise<User> {
    return this.#connection.run(options.signal, (session) => session.api.user());
  }
}

/** The bentos of a registry. */
export class RegistryBentos {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Sends a bento, and before it the models that it needs. @throws BENTO_BENTO_NOT_FOUND, and what {@link Registry.push} throws */
  push(tag: TagLike, options: BentoPushOptions = {}): Transfer<BentoPushResult> {
    return new Transfer((report) =>
      this.#connection.run(options.signal, async (session) => {
        const { pushBento } = await import("./remote/push.js");
        return pushBento(session, tag, { ...options, report });
      }),
    );
  }

  /** Gets a bento, and after it the models that it needs and the store has not. @throws BENTO_BENTO_NOT_FOUND, and what {@link Registry.pull} throws */
  pull(tag: TagLike, options: BentoPullOptions = {}): Transfer<BentoPullResult> {
    return new Transfer((report) =>
      this.#connection.run(options.signal, async (session) => {
        const { pullBento } = await import("./remote/pull.js");
        return pullBento(session, tag, { ...options, report });
      }),
    );
  }

  /** The bentos, newest first. */
  async list(options: RemoteListOptions = {}): Promise<readonly RemoteItem[]> {
    return this.#connection.run(options.signal, async (session) => {
      const { listItems } = await import("./remote/list.js");
      return listItems(session, "bento", options);
    });
  }

  /** What the registry says of one bento. @throws BENTO_BENTO_NOT_FOUND */
  async get(tag: TagLike, options: CallOptions = {}): Promise<RemoteItem> {
    return this.#connection.run(options.signal, async (session) => {
      const { getItem } = await import("./remote/list.js");
      return getItem(session, "bento", tag);
    });
  }

  /** Removes one version; a bare name removes them all; its models stay. @throws BENTO_BENTO_NOT_FOUND */
  async delete(tag: TagLike, options: CallOptions = {}): Promise<void> {
    return this.#connection.run(options.signal, async (session) => {
      const { deleteItem } = await import("./remote/list.js");
      return deleteItem(session, "bento", tag);
    });
  }
}

/** The way to a registry, which is looked for with the first call. */
class Connection {
  readonly #options: RegistryOptions;
  #session: Promise<Session> | undefined;

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** Does a call, with what it needs for it. @throws BENTO_UNAUTHORIZED where nobody is logged in; BENTO_CANCELLED, whatever a signal that stops it says */
  async run<T>(signal: AbortSignal | undefined, work: (session: Session) => Promise<T>): Promise<T> {
    try {
      return await work(await this.#openedFor(signal));
    } catch (cause) {
      if (signal?.aborted !== true || BentoError.is(cause)) throw cause;
      throw new BentoError("BENTO_CANCELLED", "The call to the registry was cancelled by its caller.", { cause });
    }
  }

  async #openedFor(signal: AbortSignal | undefined): Promise<Session> {
    this.#session ??= this.#open();
    try {
      const session = await this.#session;
      return session.until(signal);
    } catch (error) {
      // Whoever logs in now finds the way with the next call.
      this.#session = undefined;
      throw error;
    }
  }

  async #open(): Promise<Session> {
    const { openSession } = await import("./remote/session.js");
    const { env = process.env, home = resolveHome(env), ...options } = this.#options;
    return openSession({ ...options, env, home });
  }
}

/** How work that may be part of other work tells where it is. */
export type Report = (progress: Progress) => void;
