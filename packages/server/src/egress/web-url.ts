import { baseName } from "@bento/core";

import { maxUrlBytes } from "../bodies/url-text.js";

/**
 * Reads the URL of an input, or of a redirect.
 * @param base what a redirect's is relative to
 * @returns undefined unless it is http or https, without credentials
 */
export function parseWebUrl(text: string, base?: URL): URL | undefined {
  // What URL parsers drop or turn into a slash, each in its own way, stands in no honest URL.
  if (text.length > maxUrlBytes || hasOddCharacters(text) || !URL.canParse(text, base?.href)) return undefined;
  const url = new URL(text, base?.href);
  const isWeb = url.protocol === "https:" || url.protocol === "http:";
  return isWeb && url.username === "" && url.password === "" && url.hostname !== "" ? url : undefined;
}

/** The last part of a URL's path as a file's name, without anything that leads elsewhere; undefined when nothing is left. */
export function fileNameOf({ pathname }: URL): string | undefined {
  return baseName(decoded(pathname.slice(pathname.lastIndexOf("/") + 1)));
}

function hasOddCharacters(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return /[\u0000-\u0020\u007F\\]/.test(text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
