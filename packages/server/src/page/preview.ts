import { h, type ObjectUrls } from "./dom.js";

/** Images in which nothing can run: an SVG is a document, and may hold scripts. */
const images = /^image\/(?:png|jpeg|gif|webp|avif|bmp|x-icon|vnd\.microsoft\.icon)$/;
const players = /^(audio|video)\/[\w.+-]+$/;

/** A look at a file, where there is a safe one: an image, or a player. Its type, not its name, decides, and nothing in it is run. */
export function preview(file: Blob, label: string, urls: ObjectUrls): HTMLElement | undefined {
  const type = essenceOf(file.type);
  if (images.test(type)) return h("img", { src: urls.of(new Blob([file], { type })), alt: label });
  const family = players.exec(type)?.[1];
  if (family === undefined) return undefined;
  const attributes = { src: urls.of(new Blob([file], { type })), controls: true, preload: "metadata", "aria-label": label };
  return family === "audio" ? h("audio", attributes) : h("video", { ...attributes, playsinline: true });
}

/** A media type without parameters, in lower case. */
export function essenceOf(type: string): string {
  return type.split(";", 1)[0]?.trim().toLowerCase() ?? "";
}
