import { exportStatic } from "@bento/registry/static";
import { FileModelStore } from "@bento/store";
import type { GlobalOptions } from "../command/global-options.js";
import { countText } from "../output/count-text.js";
import { humanSize } from "../output/human-size.js";
import { follow } from "../output/progress-display.js";
import type { Terminal } from "../terminal/terminal.js";

/** How is printed what was written. */
export type StaticFormat = "text" | "json";

interface ExportStaticRequest extends GlobalOptions {
  /** None for all models. */
  readonly tags: readonly string[];
  readonly out: string;
  readonly output: StaticFormat;
}

/**
 * `bento registry export-static --out DIR [TAG...]`: writes models into a folder that a web server can give out.
 * @throws what `exportStatic` throws
 */
export async function exportStaticFolder(terminal: Terminal, { tags, out, home, output, quiet }: ExportStaticRequest): Promise<void> {
  await using store = new FileModelStore(home);
  const wanted = tags.length === 0 ? {} : { tags };
  const transfer = exportStatic(out, { store, home, signal: terminal.interruption(), ...wanted });
  const { folder, models, bytes } = await follow(transfer, terminal, { label: "export", quiet: quiet === true });
  const texts: Readonly<Record<StaticFormat, () => string>> = {
    text: () => {
      const fresh = models.filter(({ outcome }) => outcome === "exported").length;
      return `${folder}: ${countText(models.length, "model")}, ${fresh} of them new; ${humanSize(bytes.written)} of ${humanSize(bytes.total)} written.`;
    },
    json: () => JSON.stringify({ folder, models, bytes }, undefined, 2),
  };
  terminal.out(`${texts[output]()}\n`);
}
