import { BentoError } from "@bento/core";

import type { ListQuery, Page } from "../catalog/catalog.js";
import type { RouteContext } from "./route.js";

/** Where in a list, and of what; Python's client writes what it leaves out as an empty text. @throws BENTO_BAD_REQUEST */
export function listQuery(context: RouteContext): ListQuery & { readonly q?: string } {
  const start = numberOf(context, "start");
  const count = numberOf(context, "count");
  const search = textOf(context, "search");
  const q = textOf(context, "q");
  return {
    ...(start === undefined ? {} : { start }),
    ...(count === undefined ? {} : { count }),
    ...(search === undefined ? {} : { search }),
    ...(q === undefined ? {} : { q }),
  };
}

/** A page of a list in the API's words, where `count` is what was asked for. */
export function listJson<Item>(
  page: Page<Item>,
  { count = page.count }: ListQuery,
  items: readonly unknown[],
): Readonly<Record<string, unknown>> {
  return { start: page.start, count, total: page.total, items };
}

function textOf(context: RouteContext, key: string): string | undefined {
  const text = context.req.query(key)?.trim() ?? "";
  if (text.length > 1000) throw new BentoError("BENTO_BAD_REQUEST", `${key} has more than 1000 characters.`);
  return text === "" ? undefined : text;
}

function numberOf(context: RouteContext, key: string): number | undefined {
  const text = textOf(context, key);
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new BentoError("BENTO_BAD_REQUEST", `${key} is ${JSON.stringify(text.slice(0, 50))}.`, { hint: "Write a whole number from 0 on." });
}
