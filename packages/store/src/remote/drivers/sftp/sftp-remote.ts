import { BentoError } from "@bento/core";
import { checkSignal, withSignal } from "../../../store/cancellation.js";
import type { SignalOptions } from "../../../store/model-store.js";
import type { Remote, RemoteContent, RemoteEntry, RemoteReadOptions, RemoteTraits, Secrets } from "../../remote.js";
import { untilAbort } from "../../until-abort.js";
import { sftpFailure, type Undertaking } from "./failures.js";
import { makeFolder, makeFoldersAbove } from "./make-folders.js";
import { readFile } from "./read-file.js";
import { removeTree } from "./remove-tree.js";
import { entryOf, kindOf, serverPath } from "./server-path.js";
import type { SftpClient } from "./sftp-client.js";
import { joined, walkFolder } from "./walk-folder.js";
import { writeFile } from "./write-file.js";

/** Makes connections. */
export interface SftpDialer {
  /** Gives the connection that there is, or makes one. @throws BentoError */
  reach(): Promise<SftpClient>;
  /** Does something over a connection that is made for it alone. @throws BentoError; what the work throws */
  aside(work: (client: SftpClient) => Promise<void>, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** A server's files, over one connection that is made with the first call, and anew when it broke. */
export class SftpRemote implements Remote {
  readonly name: string;
  /** Requests are many at once already; a second read over the same connection brings nothing. */
  readonly traits: RemoteTraits = { ranges: true, lanes: 1 };
  readonly #dialer: SftpDialer;
  readonly #secrets: Secrets;

  constructor(name: string, dialer: SftpDialer, secrets: Secrets) {
    this.name = name;
    this.#dialer = dialer;
    this.#secrets = secrets;
  }

  async stat(path: string, { signal }: SignalOptions = {}): Promise<RemoteEntry | undefined> {
    return this.#do("look at", path, signal, async (client) => {
      const attributes = await client.stat(serverPath(path), { followLinks: true });
      return attributes === undefined ? undefined : entryOf(path, attributes);
    });
  }

  async *read(path: string, options: RemoteReadOptions = {}): AsyncGenerator<Uint8Array, void> {
    const client = await this.#do("read", path, options.signal, (reached) => Promise.resolve(reached));
    yield* readFile(client, serverPath(path), options, this.#under("read", path));
  }

  async write(path: string, content: RemoteContent, { signal }: SignalOptions = {}): Promise<void> {
    await writeFile(this.#dialer, serverPath(path), content, { signal, under: this.#under("write", path) });
  }

  async makeFolder(path: string, { signal }: SignalOptions = {}): Promise<void> {
    await this.#do("write", path, signal, async (client) => {
      const under = this.#under("write", path);
      await makeFoldersAbove(client, serverPath(path), under);
      await makeFolder(client, serverPath(path), under);
    });
  }

  async *list(path: string, { signal }: SignalOptions = {}): AsyncGenerator<RemoteEntry, void> {
    const client = await this.#do("list", path, signal, (reached) => Promise.resolve(reached));
    try {
      yield* untilAbort(this.#entries(client, path), signal, `Listing ${JSON.stringify(this.name + path)}`);
    } catch (error) {
      throw sftpFailure(error, this.#under("list", path));
    }
  }

  async delete(path: string, { signal }: SignalOptions = {}): Promise<void> {
    if (path === "" || path === "~" || path === "~/") {
      throw new BentoError("BENTO_BAD_REQUEST", `${JSON.stringify(this.name + path)} is all that a server has, and is not deleted.`);
    }
    await this.#do("delete", path, signal, (client) => removeTree(client, serverPath(path), signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dialer.close();
  }

  async *#entries(client: SftpClient, path: string): AsyncGenerator<RemoteEntry, void> {
    const folder = serverPath(path);
    for await (const found of walkFolder(client, folder)) {
      const { attributes } = found.item;
      const isLink = kindOf(attributes) === "link";
      const target = isLink ? await client.stat(joined(folder, found.path), { followLinks: true }) : attributes;
      // A link to a file is its file. One to a folder could lead in a circle, and one to nothing is nothing.
      if (target === undefined || (isLink && kindOf(target) !== "file")) continue;
      const entry = entryOf(path === "" ? found.path : joined(path, found.path), target);
      if (entry !== undefined) yield entry;
    }
  }

  async #do<T>(doing: string, path: string, signal: AbortSignal | undefined, work: (client: SftpClient) => Promise<T>): Promise<T> {
    const working = async (): Promise<T> => work(await this.#dialer.reach());
    const what = `To ${doing} ${JSON.stringify(this.name + path)}`;
    checkSignal(signal, what);
    try {
      return await withSignal(signal, what, working());
    } catch (error) {
      throw sftpFailure(error, this.#under(doing, path));
    }
  }

  #under(doing: string, path: string): Undertaking {
    return { doing, place: this.name + path, secrets: this.#secrets };
  }
}
