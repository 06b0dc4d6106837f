import { isUtf8 } from "node:buffer";

import { badForm, quoted } from "./form-error.js";

/** What a part of a form says of itself. */
export interface PartHead {
  readonly name: string;
  /** What a file is called, as it came; `undefined` for what is no file. */
  readonly filename: string | undefined;
  /** Its media type, as it came. */
  readonly type: string | undefined;
}

/** Whether a part is a value as text, rather than a file: it has no file name, and no type that says otherwise. */
export function isText({ filename, type }: Pick<PartHead, "filename" | "type">): boolean {
  return filename === undefined && (type === undefined || textType.test(type));
}

const textType = /^\s*(?:text\/|application\/(?:[\w.-]+\+)?json\b)/i;

/** Characters of a part's name, file name or type. */
const maxTextLength = 1024;

/**
 * Reads the headers of a part.
 * @param block their lines, without the empty one after them
 * @throws BENTO_BAD_REQUEST for what is no header, or names no field
 * @source RFC 7578; the escapes are those of https://html.spec.whatwg.org/#multipart-form-data
 */
export function parsePartHead(block: Buffer): PartHead {
  const text = block.toString(isUtf8(block) ? "utf8" : "latin1");
  let disposition: string | undefined;
  let type: string | undefined;
  for (const line of text === "" ? [] : text.split("\r\n")) {
    const [, name = "", value = ""] = headerLine.exec(line) ?? malformed(line);
    switch (name.toLowerCase()) {
      case "content-disposition":
        disposition = value;
        break;
      case "content-type":
        type = bounded("content type", value.trim()) || undefined;
        break;
      case "content-transfer-encoding":
        if (!/^(7bit|8bit|binary)\s*$/i.test(value)) throw encoded(value);
        break;
      default:
    }
  }
  return { ...parseDisposition(disposition), type };
}

// Control characters other than the tab have no place in a header.
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const headerLine = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)$/;

function malformed(line: string): never {
  throw badForm(`A part of the form has the header ${quoted(line)}, which is none.`, 'A header is a name, ":" and a value.');
}

function encoded(value: string): Error {
  return badForm(
    `A part of the form has the Content-Transfer-Encoding ${quoted(value)}.`,
    "Send the bytes as they are; forms over HTTP need no other encoding.",
  );
}

function parseDisposition(value: string | undefined): Pick<PartHead, "name" | "filename"> {
  const hint = 'Each part begins with Content-Disposition: form-data; name="...".';
  if (value === undefined) throw badForm("A part of the form has no Content-Disposition.", hint);
  const parameters = parametersOf(value);
  if (parameters?.get("") !== "form-data") throw badForm(`A part of the form has the Content-Disposition ${quoted(value)}.`, hint);
  const name = parameters.get("name");
  if (name === undefined || name === "") throw badForm("A part of the form has no name.", hint);
  const filename = extended(parameters.get("filename*")) ?? parameters.get("filename");
  return {
    name: bounded("name", unescaped(name)),
    filename: filename === undefined ? undefined : unescaped(bounded("file name", filename)),
  };
}

const kind = /^\s*([\w-]+)\s*/y;
const parameter = /;\s*([\w!#$%&'+.^`|~-]+\*?)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))\s*/y;

/**
 * The parameters of a Content-Disposition by their names in lower case, its kind by `""`; `undefined` for what is none.
 * The first of two with one name holds.
 */
export function parametersOf(value: string): ReadonlyMap<string, string> | undefined {
  kind.lastIndex = 0;
  const found = kind.exec(value);
  if (found === null) return undefined;
  const parameters = new Map([["", (found[1] as string).toLowerCase()]]);
  let at = kind.lastIndex;
  while (at < value.length) {
    parameter.lastIndex = at;
    const match = parameter.exec(value);
    // Some senders end with a semicolon.
    if (match === null) return /^;\s*$/.test(value.slice(at)) ? parameters : undefined;
    const [, name = "", inQuotes, bare = ""] = match;
    const key = name.toLowerCase();
    // A backslash before anything else is part of the path that some senders still give.
    if (!parameters.has(key)) parameters.set(key, inQuotes === undefined ? bare : inQuotes.replaceAll(/\\(["\\])/g, "$1"));
    at = parameter.lastIndex;
  }
  return parameters;
}

/** The name of a file that `filename*` tells, in UTF-8; other charsets nobody sends. */
export function extended(value: string | undefined): string | undefined {
  const [, text] = /^utf-8'[^']*'(.*)$/i.exec(value ?? "") ?? [];
  if (text === undefined) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Browsers write three characters so, as headers cannot hold them. */
function unescaped(text: string): string {
  if (!text.includes("%")) return text;
  return text.replaceAll(/%(22|0a|0d)/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)));
}

function bounded(what: string, text: string): string {
  if (text.length > maxTextLength) throw badForm(`A part of the form has a ${what} of ${text.length} characters: ${quoted(text)}.`);
  return text;
}
