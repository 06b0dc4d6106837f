/** One of the types that a header `accept` names; of weight 0, or none that can be read, is what is not accepted. */
export interface MediaRange {
  /** In lower case, without parameters. */
  readonly type: string;
  /** From 0 to 1. */
  readonly weight: number;
}

/** The types that a header `accept` names. */
export function readAccept(accept: string): MediaRange[] {
  return accept.split(",").map(readRange);
}

/** How much a type is liked that is named itself; 0 where only `*` would stand for it. */
export function weightOf(ranges: readonly MediaRange[], type: string): number {
  return ranges.find((range) => range.type === type)?.weight || 0;
}

/** How much JSON is liked, by whatever range says most of it. */
export function weightOfJson(ranges: readonly MediaRange[]): number {
  const range = ["application/json", "application/*", "*/*"].map((type) => ranges.find((one) => one.type === type)).find(Boolean);
  return range?.weight || 0;
}

function readRange(range: string): MediaRange {
  const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith("q="));
  return { type, weight: weight === undefined ? 1 : Number(weight.slice(2)) };
}
