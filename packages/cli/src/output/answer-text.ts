import { jsonText } from "./json-text.js";
import { yamlText } from "./yaml-text.js";

/** How an answer is printed: `text` is text as it is, and JSON of anything else. */
export const answerFormats = ["text", "json", "yaml"] as const;

export type AnswerFormat = (typeof answerFormats)[number];

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
