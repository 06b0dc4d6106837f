import { Tensor } from "@bento/core";

import { setTyped, typedArray } from "./typed-array.js";

/** Whether two tensors can be one: of one dtype, and as large in all dimensions but the one of the items. */
export function areAlikeTensors(a: Tensor, b: Tensor, dim: number): boolean {
  if (a.dtype !== b.dtype || a.shape.length !== b.shape.length) return false;
  return a.shape.every((size, at) => at === dim || size === b.shape[at]);
}

/** The items from `start` to before `end` along a dimension, in memory of their own. */
export function sliceTensor(tensor: Tensor, start: number, end: number, dim: number): Tensor {
  const { blocks, itemSize } = layoutOf(tensor, dim);
  const blockSize = (tensor.shape[dim] ?? 0) * itemSize;
  const data = typedArray(tensor.data[Symbol.toStringTag], blocks * (end - start) * itemSize);
  for (let block = 0; block < blocks; block += 1) {
    const from = block * blockSize + start * itemSize;
    setTyped(data, tensor.data.subarray(from, from + (end - start) * itemSize), block * (end - start) * itemSize);
  }
  return new Tensor(tensor.dtype, tensor.shape.with(dim, end - start), data as Tensor["data"]);
}

/** The items of all tensors along a dimension. @param parts at least one; alike each other */
export function concatTensors(parts: readonly Tensor[], dim: number): Tensor {
  const [first] = parts as readonly [Tensor];
  if (dim === 0) return Tensor.concat(parts);
  const { blocks, itemSize } = layoutOf(first, dim);
  const length = parts.reduce((sum, part) => sum + (part.shape[dim] ?? 0), 0);
  const data = typedArray(first.data[Symbol.toStringTag], blocks * length * itemSize);
  let at = 0;
  for (let block = 0; block < blocks; block += 1) {
    for (const part of parts) {
      const size = (part.shape[dim] ?? 0) * itemSize;
      setTyped(data, part.data.subarray(block * size, (block + 1) * size), at);
      at += size;
    }
  }
  return new Tensor(first.dtype, first.shape.with(dim, length), data as Tensor["data"]);
}

/** How the items of a tensor lie: in so many blocks, each item so many elements within them. */
function layoutOf({ shape }: Tensor, dim: number): { readonly blocks: number; readonly itemSize: number } {
  return { blocks: product(shape.slice(0, dim)), itemSize: product(shape.slice(dim + 1)) };
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}
