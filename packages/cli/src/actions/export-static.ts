import { exportStatic, type StaticExport } from "@bento/registry/static";
import { FileBentoStore, FileModelStore } from "@bento/store";
import type { GlobalOptions } from "../command/global-options.js";
import { countText } from "../output/count-text.js";
import { humanSize } from "../output/human-size.js";
import { follow } from "../output/progress-display.js";
import { warnAll } from "../output/warn.js";
import type { Terminal } from "../terminal/terminal.js";

/** How is printed what was written. */
export type StaticFormat = "text" | "json";

interface ExportStaticRequest extends GlobalOptions {
  /** None for all models and bentos, unless bentos are named. */
  readonly tags: readonly string[];
  readonly bento?: readonly string[] | undefined;
  readonly out: string;
  readonly prune?: boolean | undefined;
  readonly output: StaticFormat;
}

/**
 * `bento registry export-static --out DIR [TAG...]`: writes models and bentos into a folder that a web server can give out.
 * @throws what `exportStatic` throws
 */
export async function exportStaticFolder(terminal: Terminal, request: ExportStaticRequest): Promise<void> {
  const { tags, bento: bentos, out, prune, home, output, quiet } = request;
  await using store = new FileModelStore(home);
  await using bentoStore = new FileBentoStore(home);
  const wanted = tags.length === 0 ? {} : { tags };
  const transfer = exportStatic(out, { store, bentoStore, home, bentos, prune, signal: terminal.interruption(), ...wanted });
  const result = await follow(transfer, terminal, { label: "export", quiet: quiet === true });
  const missing = result.missing.map((tag) => `a bento needs the model ${tag}, which neither the store nor the folder has`);
  warnAll(terminal, missing, request);
  const texts: Readonly<Record<StaticFormat, () => string>> = {
    text: () => sentenceOf(result, prune === true),
    json: () => JSON.stringify(result, undefined, 2),
  };
  terminal.out(`${texts[output]()}\n`);
}

function sentenceOf({ folder, models, bentos, removed, bytes }: StaticExport, isPruned: boolean): string {
  const counts = [countText(models.length, "model"), ...(bentos.length > 0 ? [countText(bentos.length, "bento")] : [])].join(" and ");
  const fresh = [...models, ...bentos].filter(({ outcome }) => outcome === "exported").length;
  const gone = removed.models.length + removed.bentos.length;
  const pruned = isPruned ? ` ${countText(gone, "version")} and ${humanSize(bytes.removed)} removed.` : "";
  return `${folder}: ${counts}, ${fresh} of them new; ${humanSize(bytes.written)} of ${humanSize(bytes.total)} written.${pruned}`;
}
