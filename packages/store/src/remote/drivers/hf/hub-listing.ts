import { leadsElsewhere } from "../../remote-path.js";
import type { RemoteEntry } from "../../remote.js";
import type { Asking } from "../http/asking.js";
import { refused } from "../http/refused.js";
import type { WebAnswer } from "../http/web-answer.js";
import type { WebClient } from "../http/web-client.js";
import { loadOptional } from "../shared/optional-package.js";
import type { HubPath } from "./hub-path.js";

/** Bytes of one page of a list: a thousand files take a tenth of a megabyte. */
const maxPageBytes = 32 * 1024 * 1024;
/** Pages of a list: of as many files as nobody keeps in one repository. */
const maxPages = 300;

/** How a list is asked for. */
export interface HubListing {
  readonly client: WebClient;
  readonly endpoint: URL;
  readonly asking: Asking;
  readonly onAnswer: (answer: WebAnswer) => void;
}

/** What is in a folder of a repository, or below it; paths within the repository. Nothing where there is no folder. */
export async function* listHub(
  { kind, id, revision, path }: HubPath,
  isRecursive: boolean,
  listing: HubListing,
): AsyncGenerator<RemoteEntry, void> {
  const { endpoint, asking } = listing;
  const { listFiles } = await loadOptional(() => import("@huggingface/hub"), { name: "@huggingface/hub", scheme: "hf" });
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  const asked = {
    repo: { type: kind, name: id },
    recursive: isRecursive,
    hubUrl: endpoint.href.replace(/\/+$/, ""),
    fetch: pages(listing),
  };
  try {
    for await (const entry of listFiles({ ...asked, revision: encodeURIComponent(revision), ...(path === "" ? {} : { path: encoded }) })) {
      if (entry.path !== path) yield entryOf(entry, path, asking);
    }
  } catch (error) {
    if (error instanceof Missing) return;
    // The library reads what it was given without a look.
    throw error instanceof TypeError || error instanceof SyntaxError ? strange(asking, "gave a list that is none", error) : error;
  }
}

/** There is no such folder. */
class Missing extends Error {}

/** `fetch` for the library, which sends no token of its own: it goes where the list belongs alone. */
function pages({ client, endpoint, asking, onAnswer }: HubListing): typeof fetch {
  let count = 0;
  return async (input) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (++count > maxPages) throw strange(asking, "gives a list that does not end");
    if (url.origin !== endpoint.origin) throw strange(asking, `leads to ${url.origin} for its list`);
    using answer = await client.ask({ method: "GET", url, headers: { accept: "application/json" }, asking, onAnswer });
    if (answer.status === 404) throw new Missing();
    if (answer.status !== 200) throw await refused(answer, asking);
    const { text, isCut } = await answer.text(maxPageBytes);
    if (isCut) throw strange(asking, `gives a page of more than ${maxPageBytes.toLocaleString("en-US")} bytes`);
    return new Response(text, { headers: { "content-type": "application/json", link: String(answer.headers.link ?? "") } });
  };
}

/** What the library passes on of an entry; nothing of it is believed. */
interface RawEntry {
  readonly type: unknown;
  readonly path: unknown;
  readonly size?: unknown;
  readonly oid?: unknown;
  readonly lfs?: { readonly oid?: unknown; readonly size?: unknown } | undefined;
}

function entryOf({ type, path, size, oid, lfs }: RawEntry, folder: string, asking: Asking): RemoteEntry {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (typeof path !== "string" || leadsElsewhere(path, folder) || /[\\\u0000-\u001f\u007f]/.test(path))
    throw strange(asking, `lists ${JSON.stringify(path)?.slice(0, 200)}, whose name leads elsewhere`);
  if (type === "directory") return { kind: "folder", path, size: 0, version: undefined };
  const bytes = lfs?.size ?? size;
  const version = lfs?.oid ?? oid;
  if (typeof bytes !== "number" || !Number.isSafeInteger(bytes) || bytes < 0 || typeof version !== "string")
    throw strange(asking, `lists ${JSON.stringify(path)} without its size and hash`);
  return { kind: "file", path, size: bytes, version };
}

function strange(asking: Asking, what: string, cause?: unknown): Error {
  return asking.failure({
    reason: `the hub ${what}`,
    hint: "Look whether HF_ENDPOINT names a Hugging Face hub, and whether a proxy changes its answers.",
    cause,
  });
}
