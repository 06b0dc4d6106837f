import { type Nested, parseTensor, Tensor, type TensorElement, type TensorInput } from "@bento/core";
import { expectTypeOf } from "vitest";

// The dtype says what the elements are, and what they lie in.
const floats = new Tensor("float32", [2], new Float32Array(2));
expectTypeOf(floats).toEqualTypeOf<Tensor<"float32">>();
expectTypeOf(floats.data).toEqualTypeOf<Float32Array>();
expectTypeOf(floats.at(0)).toEqualTypeOf<number>();
expectTypeOf(floats.toArray()).toEqualTypeOf<Nested<number>>();
expectTypeOf(Tensor.from([1n]).at(0)).toEqualTypeOf<bigint>();
expectTypeOf(Tensor.from([true]).at(0)).toEqualTypeOf<boolean>();
expectTypeOf<TensorElement<"uint64">>().toEqualTypeOf<bigint>();
// @ts-expect-error an int8 tensor does not lie in a Float32Array
export const wrong = new Tensor("int8", [2], new Float32Array(2));

// Without a dtype it is that of what was given.
expectTypeOf(Tensor.from([[1, 2]])).toEqualTypeOf<Tensor<"float64">>();
expectTypeOf(Tensor.from([])).toEqualTypeOf<Tensor<"float64">>();
expectTypeOf(Tensor.from(7)).toEqualTypeOf<Tensor<"float64">>();
expectTypeOf(Tensor.from([[1n]])).toEqualTypeOf<Tensor<"int64">>();
expectTypeOf(Tensor.from([true, false])).toEqualTypeOf<Tensor<"bool">>();
expectTypeOf(Tensor.from(new Float32Array(2))).toEqualTypeOf<Tensor<"float32">>();
expectTypeOf(Tensor.from(new Uint8Array(2))).toEqualTypeOf<Tensor<"uint8">>();
expectTypeOf(Tensor.from(new BigUint64Array(2))).toEqualTypeOf<Tensor<"uint64">>();
expectTypeOf(Tensor.from(floats)).toEqualTypeOf<Tensor<"float32">>();

// With one, only what fits it is taken.
expectTypeOf(Tensor.from([[1, 2n, "3"]], "int64")).toEqualTypeOf<Tensor<"int64">>();
expectTypeOf(Tensor.from(new Uint16Array(1), "bfloat16")).toEqualTypeOf<Tensor<"bfloat16">>();
// @ts-expect-error text is no float
Tensor.from(["1"], "float32");
// @ts-expect-error a number is no boolean
Tensor.from([1], "bool");
// @ts-expect-error a tensor is not cast
Tensor.from(floats, "float64");
// @ts-expect-error there is no such dtype
Tensor.from([1], "float8");

// A tensor of one dtype is a tensor; one of any dtype is not one of a certain.
expectTypeOf<Tensor<"int8">>().toExtend<Tensor>();
expectTypeOf<Tensor>().not.toExtend<Tensor<"int8">>();
expectTypeOf<Tensor<"float32">>().not.toExtend<Tensor<"float64">>();
expectTypeOf<TensorInput<"int64">>().toExtend<TensorInput>();

// Views and joins keep the dtype.
expectTypeOf(floats.slice(0).reshape([-1])).toEqualTypeOf<Tensor<"float32">>();
expectTypeOf(Tensor.concat([floats, floats])).toEqualTypeOf<Tensor<"float32">>();

// What is parsed has the dtype that was asked for, or any.
declare const value: unknown;
const parsed = parseTensor(value, { dtype: "float16", shape: ["n", 3] });
if (parsed.issues === undefined) expectTypeOf(parsed.value).toEqualTypeOf<Tensor<"float16">>();
const any = parseTensor(value);
if (any.issues === undefined) expectTypeOf(any.value).toEqualTypeOf<Tensor>();
