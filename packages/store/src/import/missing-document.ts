import { BentoError } from "@bento/core";
import { quoted } from "../archive/rules/unsafe.js";
import { bentoYamlName, modelYamlName } from "../disk/layout.js";
import type { ItemKind } from "../store/item-kind.js";

/** How many names a message lists. */
const shown = 5;

/** What an archive holds where a document was looked for. */
export interface ArchiveContents {
  /** The names at its top. */
  readonly tops: ReadonlySet<string>;
  /** Whether there is a file of this path. */
  readonly hasFile: (path: string) => boolean;
}

/** The error for an archive without `model.yaml` or `bento.yaml`: says what it holds instead. */
export function missingDocument({ noun, document }: Pick<ItemKind, "noun" | "document">, { tops, hasFile }: ArchiveContents): BentoError {
  const isModel = document === modelYamlName;
  const noItem = (why: string, hint?: string): BentoError => {
    const message = `This is no archive of a ${noun}: there is no ${JSON.stringify(document)} at its top; ${why}.`;
    return new BentoError("BENTO_ARCHIVE_INVALID", message, {
      hint: hint ?? `An archive of a ${noun} has ${JSON.stringify(document)} and the other files at its top.`,
    });
  };
  const [top] = tops;
  if (top === undefined) return noItem("the archive is empty");
  if (tops.has(document)) return noItem(`${JSON.stringify(document)} is no file in it`);
  if (hasFile(isModel ? bentoYamlName : modelYamlName)) {
    return isModel
      ? noItem("it holds a bento", "Use importBento, or `bento import`.")
      : noItem("it holds a model", "Use importModel, or `bento models import`.");
  }
  if (tops.size === 1 && hasFile(`${top}/${document}`)) {
    const how = "Pack what is in that folder, not the folder itself; or unpack it, and import the folder.";
    return noItem(`all of it lies in the folder ${quoted(top)}`, how);
  }
  const names = [...tops].slice(0, shown).map(quoted).join(", ");
  return noItem(`it holds ${names}${tops.size > shown ? ` and ${tops.size - shown} more` : ""}`);
}
