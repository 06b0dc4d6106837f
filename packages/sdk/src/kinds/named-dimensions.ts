import { type BentoIssue, type Dimension, DimensionNames, Tensor } from "@bento/core";
import type { SchemaInternals } from "../schema/library.js";

type Path = BentoIssue["path"];
/** Finds the tensors with named dimensions in a value that a schema let through. */
type Visit = (value: unknown, path: Path, found: (tensor: Tensor, shape: readonly Dimension[], path: Path) => void) => void;

/**
 * What holds the named dimensions of all tensors of one value against each other; `undefined` for a schema in which no
 * dimension has a name, so that nothing is done for values of others.
 * @param schema of zod 4: only there kinds stand
 */
export function namedDimensions(schema: SchemaInternals): ((value: unknown) => readonly BentoIssue[]) | undefined {
  const visit = visitorOf(schema, new Map());
  if (visit === undefined) return undefined;
  return (value) => {
    const names = new DimensionNames();
    const issues: BentoIssue[] = [];
    visit(value, [], (tensor, shape, path) => {
      const issue = names.bind(shape, tensor.shape, path);
      if (issue !== undefined) issues.push({ ...issue, message: issue.message.replace(/\.$/, "") });
    });
    return issues;
  };
}

/** The parts of zod's definitions in which other schemas stand. */
interface Def {
  readonly type: string;
  readonly bento?: { readonly shape?: readonly Dimension[] | undefined };
  readonly shape?: Readonly<Record<string, SchemaInternals>>;
  readonly element?: SchemaInternals;
  readonly items?: readonly SchemaInternals[];
  readonly rest?: SchemaInternals | null;
  readonly valueType?: SchemaInternals;
  readonly options?: readonly SchemaInternals[];
  readonly left?: SchemaInternals;
  readonly right?: SchemaInternals;
  readonly out?: SchemaInternals;
  readonly innerType?: SchemaInternals;
  readonly getter?: () => SchemaInternals;
}

/** A schema that is being looked at: one that contains itself finds its visitor here. */
interface Place {
  visit: Visit | undefined;
  isSettled: boolean;
}

function visitorOf(schema: SchemaInternals | null | undefined, seen: Map<SchemaInternals, Place>): Visit | undefined {
  if (schema?._zod === undefined) return undefined;
  const known = seen.get(schema);
  if (known !== undefined) return known.isSettled ? known.visit : (...args) => known.visit?.(...args);
  const place: Place = { visit: undefined, isSettled: false };
  seen.set(schema, place);
  place.visit = visitorOfDef(schema._zod.def, (part) => visitorOf(part, seen));
  place.isSettled = true;
  return place.visit;
}

function visitorOfDef(def: Def, of: (part: SchemaInternals | null | undefined) => Visit | undefined): Visit | undefined {
  const named = def.bento?.shape;
  if (named !== undefined) return (value, path, found) => Tensor.isTensor(value) && found(value, named, path);
  switch (def.type) {
    case "object":
      return visitProperties(Object.entries(def.shape ?? {}), of);
    case "array":
      return visitItems([], of(def.element));
    case "tuple":
      return visitItems((def.items ?? []).map(of), of(def.rest));
    case "record":
      return visitValues(of(def.valueType));
    case "union":
      return visitOption(def.options ?? [], of);
    case "intersection":
      return visitBoth(of(def.left), of(def.right));
    case "pipe":
      return of(def.out);
    case "lazy":
      return of(def.getter?.());
    default:
      return of(def.innerType);
  }
}

function visitProperties(
  shape: readonly (readonly [string, SchemaInternals])[],
  of: (part: SchemaInternals) => Visit | undefined,
): Visit | undefined {
  const visits = shape.flatMap(([name, part]): [string, Visit][] => {
    const visit = of(part);
    return visit === undefined ? [] : [[name, visit]];
  });
  if (visits.length === 0) return undefined;
  return (value, path, found) => {
    if (typeof value !== "object" || value === null) return;
    for (const [name, visit] of visits) visit((value as Record<string, unknown>)[name], [...path, name], found);
  };
}

function visitItems(first: readonly (Visit | undefined)[], rest: Visit | undefined): Visit | undefined {
  if (rest === undefined && first.every((visit) => visit === undefined)) return undefined;
  return (value, path, found) => {
    if (!Array.isArray(value)) return;
    for (const [index, item] of value.entries()) (index < first.length ? first[index] : rest)?.(item, [...path, index], found);
  };
}

function visitValues(visit: Visit | undefined): Visit | undefined {
  return (
    visit &&
    ((value, path, found) => {
      if (typeof value !== "object" || value === null) return;
      for (const [name, item] of Object.entries(value)) visit(item, [...path, name], found);
    })
  );
}

function visitBoth(left: Visit | undefined, right: Visit | undefined): Visit | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return (...args) => {
    left(...args);
    right(...args);
  };
}

/** Of a union the first option that the value satisfies, which it still does when it has been read. */
function visitOption(options: readonly SchemaInternals[], of: (part: SchemaInternals) => Visit | undefined): Visit | undefined {
  const visits = options.map((option) => ({ option, visit: of(option) }));
  if (visits.every(({ visit }) => visit === undefined)) return undefined;
  return (value, path, found) => visits.find(({ option }) => satisfies(value, option))?.visit?.(value, path, found);
}

function satisfies(value: unknown, schema: SchemaInternals): boolean {
  const result = schema["~standard"].validate(value);
  if (!(result instanceof Promise)) return result.issues === undefined;
  // Whether it does is known too late: then its names are not compared.
  result.catch(() => undefined);
  return false;
}
