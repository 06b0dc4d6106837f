import type { RemoteContent } from "../../remote.js";
import type { Asking } from "../http/asking.js";
import { refused } from "../http/refused.js";
import type { WebAnswer } from "../http/web-answer.js";
import type { WebClient } from "../http/web-client.js";
import { urlBelow } from "../http/web-url.js";
import { type Resource, resourcesIn, strange } from "./multistatus.js";

/** The statuses with which a server says that nothing is there, or that it is below what is no folder. */
const nothing: ReadonlySet<number> = new Set([404, 410]);

/** The methods of WebDAV, one request each. Paths as those of a remote. @source RFC 4918 */
export class DavServer {
  readonly client: WebClient;
  readonly #base: URL;

  constructor(client: WebClient, base: URL) {
    this.client = client;
    this.#base = base;
  }

  url(path: string, asking: Asking): URL {
    return urlBelow(this.#base, path, asking);
  }

  /** What is at a path. All properties are asked for: of those that are not there the list would tell apart, and the parser reads the first part alone. */
  async look(path: string, asking: Asking): Promise<Resource | undefined> {
    const found = await this.#propfind(path, "0", asking);
    if (found === undefined) return undefined;
    const [resource] = found;
    if (resource === undefined) throw strange(asking, "answers with an empty list");
    return resource;
  }

  /** What is in a folder, each with its name; `undefined` where there is no folder. */
  async *list(path: string, asking: Asking): AsyncGenerator<Resource & { readonly name: string }, void> {
    const own = partsOf(this.url(path, asking));
    const found = (await this.#propfind(path === "" ? "" : `${path}/`, "1", asking)) ?? [];
    const self = found.find(({ parts }) => parts.length === own.length);
    // Some servers show a file also by a path that ends in a slash.
    if (self?.isFolder === false) return;
    const names = new Set<string>();
    for (const resource of found) {
      const { parts } = resource;
      const isBelow = own.every((part, index) => part === parts[index]);
      if (!isBelow || parts.length > own.length + 1)
        throw strange(asking, `lists ${JSON.stringify(parts.join("/"))}, which is not in that folder`);
      const name = parts.at(own.length);
      if (name === undefined) continue;
      if (names.has(name)) throw strange(asking, `lists ${JSON.stringify(name)} twice`);
      names.add(name);
      yield { ...resource, name };
    }
  }

  async put(path: string, body: RemoteContent, asking: Asking): Promise<void> {
    using answer = await this.client.ask({ method: "PUT", url: this.url(path, asking), body, asking });
    await done(answer, [200, 201, 204], asking);
  }

  /** Puts one file in another's place. */
  async replace(from: string, to: string, asking: Asking): Promise<void> {
    const headers = { destination: this.url(to, asking).href, overwrite: "T" };
    using answer = await this.client.ask({ method: "MOVE", url: this.url(from, asking), headers, asking });
    await done(answer, [200, 201, 204], asking);
  }

  /** Makes a folder, whose own folder is there. @returns whether it is there now; not where something else is, or where its own folder is missing */
  async makeFolder(path: string, asking: Asking): Promise<void> {
    using answer = await this.client.ask({ method: "MKCOL", url: this.url(`${path}/`, asking), asking });
    // Somebody else may have made it meanwhile.
    if (answer.status === 405 && (await this.look(path, asking))?.isFolder === true) return;
    await done(answer, [200, 201], asking);
  }

  /** Removes what is at a path, with all below it. What is not there is fine. */
  async remove(path: string, asking: Asking): Promise<void> {
    using answer = await this.client.ask({ method: "DELETE", url: this.url(path, asking), asking });
    await done(answer, [200, 202, 204, ...nothing], asking);
  }

  async #isBelowFile(path: string, asking: Asking): Promise<boolean> {
    const above = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    return above !== "" && (await this.look(above, asking))?.isFolder !== true;
  }

  async #propfind(path: string, depth: string, asking: Asking): Promise<readonly Resource[] | undefined> {
    using answer = await this.client.ask({ method: "PROPFIND", url: this.url(path, asking), headers: { depth }, asking });
    if (answer.status === 207) return await resourcesIn(answer, asking);
    // Apache finds no fault with a path below a file but that one.
    if (answer.status === 400 && (await this.#isBelowFile(path, asking))) return undefined;
    await done(answer, [...nothing], asking);
    return undefined;
  }
}

/** @throws unless the status is one of these. A list of statuses (207) is none of success: something below was not done */
async function done(answer: WebAnswer, statuses: readonly number[], asking: Asking): Promise<void> {
  if (!statuses.includes(answer.status)) throw await refused(answer, asking);
  await answer.skip();
}

function partsOf({ pathname }: URL): readonly string[] {
  return pathname.split("/").flatMap((part) => (part === "" ? [] : [decodeURIComponent(part)]));
}
