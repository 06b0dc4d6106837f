import type { Asking } from "../http/asking.js";
import { type ContentMarks, sizeIn } from "../http/file-version.js";
import type { WebAnswer } from "../http/web-answer.js";

/** Bytes of the list of one folder: a file takes about a thousand. */
const maxListBytes = 64 * 1024 * 1024;
/** Bytes of a path: what is longer is a folder that holds itself. */
const maxPathBytes = 8192;

/** What a server says of one of its resources. */
export interface Resource {
  /** Decoded parts of its path at the server. */
  readonly parts: readonly string[];
  readonly isFolder: boolean;
  readonly marks: ContentMarks;
}

/** What the answer to `PROPFIND` tells of. @throws BENTO_TRANSFER_FAILED for what is no such answer, and for names that lead elsewhere */
export async function resourcesIn(answer: WebAnswer, asking: Asking): Promise<readonly Resource[]> {
  const { text, isCut } = await answer.text(maxListBytes);
  if (isCut) throw strange(asking, `lists more than ${maxListBytes.toLocaleString("en-US")} bytes`);
  // Where entities would be defined. Honest answers have none, and ours need not find out how many fit into memory.
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw strange(asking, "answers with a definition of document types");
  const { parseXML } = await import("webdav");
  try {
    const { multistatus } = await parseXML(text, {
      attributeNamePrefix: "@",
      attributeParsers: [],
      tagParsers: [(_path, value) => value],
      clarkNotationProps: true,
    });
    return multistatus.response.flatMap((response) => resourceOf(response as RawResponse, answer.url, asking) ?? []);
  } catch (cause) {
    throw asking.broken(
      cause instanceof Error && !("hint" in cause) ? strange(asking, `answers with what is no list (${cause.message})`) : cause,
    );
  }
}

/** What is read of one `response` element; nothing of it is believed. */
interface RawResponse {
  readonly href?: unknown;
  readonly propstat?: { readonly status?: unknown; readonly prop?: unknown };
}

function resourceOf({ href, propstat }: RawResponse, base: URL, asking: Asking): Resource | undefined {
  if (propstat === undefined) return undefined;
  const props = (typeof propstat.prop === "object" && propstat.prop !== null ? propstat.prop : {}) as Readonly<Record<string, unknown>>;
  const type = props["{DAV:}resourcetype"];
  const isFolder = typeof type === "object" && type !== null && Object.keys(type).some((name) => /(?:^|:)collection$/.test(name));
  return {
    parts: partsOf(textOf(href), base, asking),
    isFolder,
    marks: {
      etag: textOf(props["{DAV:}getetag"]),
      modified: textOf(props["{DAV:}getlastmodified"]),
      size: sizeIn(textOf(props["{DAV:}getcontentlength"])),
    },
  };
}

/** A path that a server names, decoded part by part. */
function partsOf(href: string | undefined, base: URL, asking: Asking): readonly string[] {
  const url = href !== undefined && URL.canParse(href, base.href) ? new URL(href, base) : undefined;
  if (href === undefined || url === undefined || href.length > maxPathBytes) throw strange(asking, "lists something without a usable path");
  // Not what the parser of URLs makes of it: that would take steps that are written in it.
  const path = href.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, "");
  try {
    const parts = path.split("/").flatMap((part) => (part === "" ? [] : [decodeURIComponent(part)]));
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    if (path.startsWith("/") && !parts.some((part) => part === "." || part === ".." || /[/\\\u0000-\u001f\u007f]/.test(part))) return parts;
  } catch {
    // A % that encodes nothing.
  }
  throw strange(asking, `lists ${JSON.stringify(href.slice(0, 200))}, whose name leads elsewhere`);
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** What to throw for what no WebDAV server answers. */
export function strange(asking: Asking, what: string): Error {
  return asking.failure({ reason: `the server ${what}`, hint: "Look whether the URL names a WebDAV server." });
}
