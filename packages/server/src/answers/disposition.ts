import type { BentoFile } from "@bento/core";

/** What a browser shows without running anything in it: an SVG may hold scripts. */
const shown = /^image\/(?!svg)/i;

/** What a browser would run something in, as if it were a page of this server: never to be shown, whatever sent it here. */
const active = /^(?:text\/(?:html|xml)|application\/xml|multipart\/.*|.*\+xml)\s*(?:;|$)/i;

/** Characters that every reader takes from between quotes as they are; of a percent sign some make another character. */
const unsafe = /[^\x20-\x7e]|["\\%]/gu;

/**
 * The header `content-disposition` of a file: an image is for looking at, anything else with a name for saving, and so is
 * a page or an SVG without one; `undefined` where there is nothing to say. A name beyond plain ASCII is there twice: exactly, and for readers who do not know that form.
 * @param type its media type
 * @source RFC 6266, RFC 8187
 */
export function dispositionOf({ name }: Pick<BentoFile, "name">, type: string): string | undefined {
  const isShown = shown.test(type);
  if (name === undefined) return isShown ? "inline" : active.test(type) ? "attachment" : undefined;
  const plain = name.replaceAll(unsafe, "_");
  const exact = plain === name ? "" : `; filename*=utf-8''${encoded(name)}`;
  return `${isShown ? "inline" : "attachment"}; filename="${plain}"${exact}`;
}

/** Percent-encoded as RFC 8187 wants it, which leaves fewer characters as they are than a URL does. */
function encoded(name: string): string {
  return encodeURIComponent(name).replaceAll(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
