import type { BentoIssue } from "../errors.js";
import { writeShape } from "./shape.js";

/** A size of a tensor that is due: a number, -1 for any, or a name for one that must be the same wherever the name stands. */
export type Dimension = number | string;

/** A place in a value, as in the `path` of an issue. */
type Path = BentoIssue["path"];

interface Binding {
  readonly size: number;
  readonly path: Path;
  readonly dimension: number;
}

/**
 * What the named dimensions of one value are: the first tensor with a name says its size, and all others must agree.
 *
 * ```ts
 * const names = new DimensionNames();
 * names.bind(["n", 3], points.shape, ["points"]); // undefined: n is 5 from here on
 * names.bind(["n"], labels.shape, ["labels"]); // an issue, where there are 4 of them
 * ```
 */
export class DimensionNames {
  readonly #bindings = new Map<string, Binding>();

  /** The size of a name, once a tensor has said it. */
  sizeOf(name: string): number | undefined {
    return this.#bindings.get(name)?.size;
  }

  /**
   * Holds a tensor's shape against the one that is due, and its sizes to their names.
   * @param path where the tensor is in the value
   * @returns what does not agree; it names both places where it is a name. Nothing is bound then.
   */
  bind(due: readonly Dimension[], shape: readonly number[], path: Path = []): BentoIssue | undefined {
    const fits =
      due.length === shape.length && due.every((size, index) => typeof size === "string" || size === -1 || size === shape[index]);
    if (!fits) {
      return {
        path,
        message: `A tensor of shape ${writeShape(due)} is due here, not one of ${writeShape(shape)}.`,
        code: "shape_mismatch",
      };
    }
    const bound = new Map<string, Binding>();
    for (const [dimension, name] of due.entries()) {
      if (typeof name !== "string") continue;
      const here = { size: shape[dimension] as number, path, dimension };
      const there = this.#bindings.get(name) ?? bound.get(name);
      if (there !== undefined && there.size !== here.size) return disagreement(name, here, there);
      bound.set(name, here);
    }
    for (const [name, binding] of bound) if (!this.#bindings.has(name)) this.#bindings.set(name, binding);
    return undefined;
  }
}

function disagreement(name: string, here: Binding, there: Binding): BentoIssue {
  const message = `Dimension ${JSON.stringify(name)} is ${here.size} in ${write(here)}, but ${there.size} in ${write(there)}.`;
  return { path: here.path, message, code: "shape_mismatch" };
}

function write({ path, dimension }: Binding): string {
  return path.length === 0 ? `dimension ${dimension}` : `dimension ${dimension} of ${path.join(".")}`;
}
