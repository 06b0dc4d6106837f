/** How an answer is printed: `text` is text as it is, and JSON of anything else. */
export const answerFormats = ["text", "json", "yaml"] as const;

/** One of {@link answerFormats}. */
export type AnswerFormat = (typeof answerFormats)[number];
