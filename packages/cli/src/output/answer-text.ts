import { BentoFile, toDataUrl } from "@bento/core";
import type { AnswerFormat } from "../command/answer-format.js";
import { jsonText } from "./json-text.js";
import { yamlText } from "./yaml-text.js";

/** A whole answer that is not bytes. */
export function answerText(value: unknown, format: AnswerFormat): string {
  if (format === "yaml") return yamlText(value);
  if (format === "text" && typeof value === "string") return value.endsWith("\n") ? value : `${value}\n`;
  return `${jsonText(value)}\n`;
}

/** One item of a stream: text as it comes, JSON on a line of its own, or a YAML document. */
export function streamItemText(value: unknown, format: AnswerFormat): string {
  if (format === "yaml") return `---\n${yamlText(value)}`;
  if (format === "text" && typeof value === "string") return value;
  return `${jsonText(value, 0)}\n`;
}

/** Whether there is a file anywhere in a value, however deep it is. */
export function holdsFile(value: unknown): boolean {
  const left = [value];
  while (left.length > 0) {
    const one = left.pop();
    if (typeof one !== "object" || one === null) continue;
    if (BentoFile.isFile(one)) return true;
    const isPlain = Array.isArray(one) || Object.getPrototypeOf(one) === Object.prototype;
    if (isPlain) for (const inner of Object.values(one)) left.push(inner);
  }
  return false;
}

/** A value with a data URL for each file in it, as it stands in JSON. What has a class of its own knows what it is as JSON. */
export async function withDataUrls(value: unknown): Promise<unknown> {
  if (BentoFile.isFile(value)) return toDataUrl(value);
  if (Array.isArray(value)) return Promise.all(value.map(withDataUrls));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([key, item]) => [key, await withDataUrls(item)] as const)));
}
