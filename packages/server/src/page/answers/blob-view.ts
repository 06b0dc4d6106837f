import { h, type ObjectUrls } from "../dom.js";
import { sizeText } from "../numbers.js";
import { essenceOf, preview } from "../preview.js";
import { textBlock } from "./json-text.js";

/** Bytes that are shown of what nobody knows how to show. */
const mostDumped = 256;

/** A file: an image, a player, text, or its first bytes; and links to save it, and to open what browsers can read safely. */
export async function blobView(blob: Blob, name: string, urls: ObjectUrls): Promise<HTMLElement> {
  const type = essenceOf(blob.type);
  const shown = preview(blob, name, urls) ?? (await textView(blob, type)) ?? (type === "application/pdf" ? undefined : await dump(blob));
  const links = h("p", { class: "row" }, h("span", { class: "quiet" }, `${type || "bytes"}, ${sizeText(blob.size)}`));
  if (type === "application/pdf") {
    // A new blob of exactly this type: the browser's reader takes it, and nothing else.
    const url = urls.of(new Blob([blob], { type }));
    links.append(h("a", { class: "button", href: url, target: "_blank", rel: "noopener" }, "Open"));
  }
  links.append(saveLink(blob, name, urls));
  return h("div", { class: "blob" }, shown, links);
}

/** Saves bytes as a file, whatever they are: they are never opened. */
export function saveLink(blob: Blob, name: string, urls: ObjectUrls, text = "Save"): HTMLAnchorElement {
  const href = urls.of(new Blob([blob], { type: "application/octet-stream" }));
  return h("a", { class: "button", href, download: name, "aria-label": `${text} ${name}` }, text);
}

async function textView(blob: Blob, type: string): Promise<HTMLElement | undefined> {
  const isText = type.startsWith("text/") || /[/+](?:json|xml|yaml|javascript)$/.test(type);
  return isText ? textBlock(await blob.text()) : undefined;
}

async function dump(blob: Blob): Promise<HTMLElement | undefined> {
  if (blob.size === 0) return undefined;
  const bytes = new Uint8Array(await blob.slice(0, mostDumped).arrayBuffer());
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) rows.push(dumpRow(bytes.subarray(at, at + 16), at));
  if (blob.size > mostDumped) rows.push("…");
  return h("pre", { tabindex: 0 }, rows.join("\n"));
}

function dumpRow(bytes: Uint8Array, at: number): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const text = Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·")).join("");
  return `${at.toString(16).padStart(4, "0")}  ${hex.padEnd(47)}  ${text}`;
}

const endings: Readonly<Record<string, string>> = {
  "application/json": "json",
  "application/pdf": "pdf",
  "application/zip": "zip",
  "audio/mpeg": "mp3",
  "audio/wav": "wav",
  "audio/x-wav": "wav",
  "image/jpeg": "jpg",
  "image/svg+xml": "svg",
  "text/plain": "txt",
};

/** What a file is to be called: as its answer says (RFC 6266), else by what it is. */
export function fileNameOf(type: string, disposition: string | null, fallback: string): string {
  const exact = /filename\*\s*=\s*utf-8''([^;\s]+)/i.exec(disposition ?? "")?.[1];
  const plain = /filename\s*=\s*"((?:[^"\\]|\\.)*)"/i.exec(disposition ?? "")?.[1]?.replaceAll(/\\(.)/g, "$1");
  const essence = essenceOf(type);
  const ending = endings[essence] ?? (/^(?:image|audio|video|text)\/([a-z\d]+)$/.exec(essence)?.[1] || "bin");
  return decoded(exact) ?? plain ?? `${fallback}.${ending}`;
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
