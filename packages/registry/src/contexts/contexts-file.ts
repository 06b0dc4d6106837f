import { chmod, mkdir, open, readFile, realpath, rename, rm } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { BentoError } from "@bento/core";
import { withProcessLock } from "@bento/store";
import { type CloudContext, defaultContext } from "./context.js";
import { formatContexts, parseContexts, type StoredContext, type StoredContexts } from "./contexts-yaml.js";

/** A file that holds all contexts is never larger. Bytes. */
const maxBytes = 1024 * 1024;

/** What the file says. */
export interface Contexts {
  readonly contexts: readonly CloudContext[];
  /** The name of the one that counts where nobody names one; it need not be there. */
  readonly current: string;
}

/**
 * The registries that a user is logged in to: the file that Python's BentoML keeps in the home as well, read and written
 * by both. It holds tokens, so nobody but its owner may read it.
 * @source BentoML cloud/config.py; differs: mode 0600, written beside and renamed, one writer at a time, the first login becomes the current one
 */
export class ContextsFile {
  readonly path: string;

  /** @param home the folder of the stores */
  constructor(home: string) {
    this.path = join(home, ".yatai.yaml");
  }

  /** @throws BENTO_CONFIG_INVALID for a file that cannot be read */
  async read(): Promise<Contexts> {
    const { contexts, current_context_name: current } = await this.#stored();
    return { contexts: contexts.map(contextOf), current };
  }

  /**
   * Keeps a context, in place of one with its name. It becomes the current one where the current one is not there.
   * @returns whether there was one with its name
   */
  save(context: CloudContext): Promise<boolean> {
    return this.#change((stored) => {
      const { name, endpoint, apiToken, email } = context;
      const at = stored.contexts.findIndex((each) => each.name === name);
      const entry = { name, endpoint, api_token: apiToken, email };
      if (at === -1) stored.contexts.push(entry);
      else stored.contexts[at] = entry;
      if (!stored.contexts.some((each) => each.name === stored.current_context_name)) stored.current_context_name = name;
      return at !== -1;
    });
  }

  /** Makes a context the current one. @throws BENTO_NOT_FOUND for one that is not there */
  async select(name: string): Promise<void> {
    await this.#change((stored) => {
      contextNamed(stored.contexts.map(contextOf), name);
      stored.current_context_name = name;
    });
  }

  async #change<T>(change: (stored: StoredContexts) => T): Promise<T> {
    return withProcessLock(`${this.path}.lock`, async () => {
      const stored = await this.#stored();
      const result = change(stored);
      await this.#write(stored);
      return result;
    });
  }

  async #stored(): Promise<StoredContexts> {
    let text;
    try {
      text = await readFile(this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return { contexts: [], current_context_name: defaultContext };
      throw this.#unusable((error as Error).message, error);
    }
    if (text.length > maxBytes) throw this.#unusable(`it is larger than ${maxBytes} bytes`);
    try {
      return parseContexts(text.toString("utf8"));
    } catch (error) {
      throw this.#unusable((error as Error).message, error);
    }
  }

  async #write(stored: StoredContexts): Promise<void> {
    const text = formatContexts(stored);
    await mkdir(dirname(this.path), { recursive: true });
    // A link to where somebody keeps it stays one.
    const target = await realpath(this.path).catch(() => this.path);
    const draft = `${target}.${randomBytes(6).toString("hex")}.tmp`;
    try {
      const file = await open(draft, "wx", 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await chmod(draft, 0o600);
      await rename(draft, target);
    } catch (error) {
      await rm(draft, { force: true });
      throw this.#unusable((error as Error).message, error);
    }
  }

  #unusable(why: string, cause?: unknown): BentoError {
    return new BentoError("BENTO_CONFIG_INVALID", `The file of cloud contexts ${JSON.stringify(this.path)} cannot be used: ${why}.`, {
      hint: "Mend or remove it, and log in again: `bento cloud login`.",
      cause,
    });
  }
}

/** The context of a name. @throws BENTO_NOT_FOUND naming those that there are */
export function contextNamed(contexts: readonly CloudContext[], name: string): CloudContext {
  const found = contexts.find((each) => each.name === name);
  if (found !== undefined) return found;
  const names = contexts.map((each) => JSON.stringify(each.name)).join(", ");
  throw new BentoError("BENTO_NOT_FOUND", `There is no cloud context ${JSON.stringify(name)}.`, {
    hint: names === "" ? "Log in first: `bento cloud login`." : `There are ${names}; \`bento cloud login --context\` makes another.`,
  });
}

function contextOf({ name, endpoint, api_token: apiToken, email }: StoredContext): CloudContext {
  return { name, endpoint, apiToken, email };
}
