import { FileModelStore, modelDocument, type StoredModel } from "@bento/store";
import type { GlobalOptions } from "../global-options.js";
import { jsonText } from "../output/json-text.js";
import { modelRow, modelTable } from "../output/model-rows.js";
import type { Terminal } from "../terminal.js";

/** How `bento models get` prints. */
export type GetFormat = "yaml" | "json" | "table" | "path";

interface GetModelOptions extends GlobalOptions {
  readonly tag: string;
  readonly output: GetFormat;
}

/**
 * `bento models get TAG`: what is known of one model.
 * @throws BENTO_MODEL_NOT_FOUND, BENTO_MODEL_AMBIGUOUS, BENTO_TAG_INVALID
 */
export async function getModel(terminal: Terminal, { tag, output, home }: GetModelOptions): Promise<void> {
  await using store = new FileModelStore(home);
  terminal.out(await print[output](await store.get(tag), terminal));
}

const print: Record<GetFormat, (model: StoredModel, terminal: Terminal) => string | Promise<string>> = {
  json: ({ info }) => `${jsonText(modelDocument(info))}\n`,
  table: (model, terminal) => modelTable([modelRow(model)], terminal),
  path: ({ path }) => `${path}\n`,
  yaml: async (model) => {
    const text = await model.text("model.yaml");
    return text.endsWith("\n") ? text : `${text}\n`;
  },
};
