import type { StoredModel } from "@bento/store";
import { type Terminal, styled } from "../terminal.js";
import { humanSize } from "./human-size.js";
import { localTime } from "./local-time.js";

/** A model in one line; the names are BentoML's. */
export interface ModelRow {
  readonly tag: string;
  readonly module: string;
  readonly size: string;
  readonly creation_time: string;
}

/** The line of a model. */
export function modelRow({ tag, info, size }: StoredModel): ModelRow {
  return { tag: String(tag), module: info.module, size: humanSize(size), creation_time: localTime(info.creationTime) };
}

/** The lines below a head. */
export async function modelTable(rows: readonly ModelRow[], { outHasColor }: Terminal): Promise<string> {
  const { formatTable } = await import("./table.js");
  const head = ["Tag", "Module", "Size", "Creation Time"].map((title) => styled(title, "bold", outHasColor));
  return formatTable(
    head,
    rows.map((row) => [row.tag, row.module, row.size, row.creation_time]),
  );
}
