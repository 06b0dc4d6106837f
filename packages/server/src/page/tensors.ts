/** Sizes of nested lists, by their first members; what is ragged has some other sizes further on. */
export function shapeOfLists(value: unknown): number[] {
  const shape: number[] = [];
  for (let inner = value; Array.isArray(inner); inner = inner[0] as unknown) shape.push(inner.length);
  return shape;
}

/** An example of a tensor, as nested lists in JSON: small numbers that are not all the same. */
export function exampleTensor(dtype: string | undefined, sizes: readonly number[], fill: Fill = "counting"): string {
  let at = 0;
  const element = (): string => {
    at += 1;
    return elementText(dtype, at, fill);
  };
  return nested(sizes, 0, element);
}

/** What an example is filled with. */
export type Fill = "counting" | "zeros" | "ones" | "random";

function elementText(dtype: string | undefined, at: number, fill: Fill): string {
  const isBool = dtype === "bool";
  const isFloat = dtype === undefined || dtype.includes("float");
  if (fill === "zeros") return isBool ? "false" : "0";
  if (fill === "ones") return isBool ? "true" : "1";
  if (fill === "random") {
    const number = Math.random();
    return isBool ? String(number < 0.5) : isFloat ? number.toFixed(3) : String(Math.floor(number * 100));
  }
  if (isBool) return String(at % 2 === 1);
  return isFloat ? String((at % 100) / 10) : String(at % 100);
}

/** The innermost lists each on a line of their own. */
function nested(sizes: readonly number[], depth: number, element: () => string): string {
  const [size, ...rest] = sizes;
  if (size === undefined) return element();
  const items = Array.from({ length: size }, () => nested(rest, depth + 1, element));
  return rest.length === 0 ? `[${items.join(", ")}]` : `[${items.join(`,\n${" ".repeat(depth + 1)}`)}]`;
}

/** Members of a list beyond which those in the middle are left out, where a tensor has many elements. */
const edge = 3;
/** Elements that are shown one and all. */
const fewElements = 1000;

/** A tensor to be read: aligned, and cut in each dimension where it is large; how much is missing, its shape tells. */
export function tensorText(value: unknown): string {
  const shape = shapeOfLists(value);
  const isCut = shape.reduce((product, size) => product * size, 1) > fewElements;
  const shown = isCut ? cut(value) : value;
  const width = widest(shown);
  return lines(shown, 0, width);
}

interface Gap {
  readonly isGap: true;
}

const gap: Gap = { isGap: true };

function isGap(value: unknown): value is Gap {
  return typeof value === "object" && value !== null && "isGap" in value;
}

function cut(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  if (value.length <= 2 * edge) return value.map(cut);
  return [...value.slice(0, edge).map(cut), gap, ...value.slice(-edge).map(cut)];
}

function widest(value: unknown): number {
  if (Array.isArray(value)) return Math.max(0, ...value.map(widest));
  return isGap(value) ? 0 : numberText(value).length;
}

function lines(value: unknown, depth: number, width: number): string {
  if (isGap(value)) return "…";
  if (!Array.isArray(value)) return numberText(value).padStart(width);
  const isInnermost = !value.some(Array.isArray);
  if (isInnermost) return `[${value.map((item) => (isGap(item) ? "…" : numberText(item).padStart(width))).join("  ")}]`;
  return `[${value.map((item) => lines(item, depth + 1, width)).join(`\n${" ".repeat(depth + 1)}`)}]`;
}

/** At most seven digits, as they are for looking at. */
function numberText(value: unknown): string {
  const isLong = typeof value === "number" && !Number.isInteger(value);
  return isLong ? String(Number(value.toPrecision(7))) : typeof value === "bigint" ? String(value) : (JSON.stringify(value) ?? "");
}
