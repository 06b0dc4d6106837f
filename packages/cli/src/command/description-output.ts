/** How a command that says what an archive is prints it. */
export const descriptionOutputs = ["text", "json", "yaml"] as const;

export type DescriptionOutput = (typeof descriptionOutputs)[number];
