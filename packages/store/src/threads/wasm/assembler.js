import { binary, load, signed, store, unary, unsigned } from "./encoding.js";

/**
 * As much of WebAssembly as the coders need: each function gives the bytes of an instruction together with those of
 * its operands, so that a program reads as nested expressions.
 *
 * @typedef {import("./encoding.js").Code} Code
 */

export const i32 = {
  /** @type {(value: number) => Code} */
  const: (value) => [0x41, ...signed(value)],
  add: binary(0x6a),
  sub: binary(0x6b),
  mul: binary(0x6c),
  and: binary(0x71),
  or: binary(0x72),
  xor: binary(0x73),
  shl: binary(0x74),
  shrSigned: binary(0x75),
  shr: binary(0x76),
  equal: binary(0x46),
  less: binary(0x49),
  greater: binary(0x4b),
  load: load(0x28),
  load8: load(0x2d),
  load16: load(0x2f),
  store: store(0x36),
  store8: store(0x3a),
  store16: store(0x3b),
  fromI64: unary(0xa7),
  countLeadingZeros: unary(0x67),
};

export const i64 = {
  /** @type {(value: number) => Code} */
  const: (value) => [0x42, ...signed(value)],
  add: binary(0x7c),
  and: binary(0x83),
  or: binary(0x84),
  sub: binary(0x7d),
  shl: binary(0x86),
  shr: binary(0x88),
  store: store(0x37),
  notEqual: binary(0x52),
  countTrailingZeros: unary(0x7a),
  fromI32: unary(0xad),
};

/** @type {(local: number) => Code} */
export const get = (local) => [0x20, ...unsigned(local)];
/** @type {(local: number, value: Code) => Code} */
export const set = (local, value) => [...value, 0x21, ...unsigned(local)];
/** @type {(condition: Code, yes: Code, no: Code) => Code} */
export const select = (condition, yes, no) => [...yes, ...no, ...condition, 0x1b];
/** @type {(condition: Code, ...then: readonly Code[]) => Code} */
export const when = (condition, ...then) => [...condition, 0x04, 0x40, ...then.flat(), 0x0b];
/** Goes on from the start while the condition, which comes after the body, holds. @type {(condition: Code, ...body: readonly Code[]) => Code} */
export const repeatWhile = (condition, ...body) => [0x03, 0x40, ...body.flat(), ...condition, 0x0d, 0, 0x0b];

const types = { i32: 0x7f, i64: 0x7e, v128: 0x7b };
/** Every module's first bytes, with the version of the form. */
const magic = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** @typedef {keyof typeof types} Type */

/**
 * The numbers of a function's locals by name, or by name and index, and their types in the order of the numbers.
 * Parameters come first.
 * @template {Readonly<Record<string, Type | readonly Type[]>>} Locals
 * @param {Locals} locals
 */
export function numbered(locals) {
  let next = 0;
  const number = () => next++;
  const numbers = Object.entries(locals).map(([name, type]) => [name, typeof type === "string" ? number() : type.map(number)]);
  return {
    my: /** @type {{ readonly [Name in keyof Locals]: Locals[Name] extends Type ? number : readonly number[] }} */ (
      Object.fromEntries(numbers)
    ),
    types: Object.values(locals).flat(),
  };
}

/**
 * A function that takes and gives 32-bit numbers.
 * @typedef {{ parameters: number, locals: readonly Type[], body: Code }} Program
 */

/**
 * A module of functions by their names, and of `memory`, which they share.
 * @param {{ memoryPages: number, functions: Readonly<Record<string, Program>> }} module
 */
export function assemble({ memoryPages, functions }) {
  const text = new TextEncoder();
  const programs = Object.values(functions);
  /** @type {(bytes: Code) => Code} */
  const sized = (bytes) => [...unsigned(bytes.length), ...bytes];
  /** @type {(items: readonly Code[]) => Code} */
  const counted = (items) => [...unsigned(items.length), ...items.flat()];
  /** @type {(id: number, items: readonly Code[]) => Code} */
  const section = (id, items) => [id, ...sized(counted(items))];
  /** @type {(name: string, kind: number, index: number) => Code} */
  const exported = (name, kind, index) => [...sized([...text.encode(name)]), kind, index];
  return Uint8Array.from([
    ...magic,
    ...section(
      1,
      programs.map(({ parameters }) => [0x60, ...counted(Array.from({ length: parameters }, () => [types.i32])), 1, types.i32]),
    ),
    ...section(
      3,
      programs.map((_, index) => [index]),
    ),
    ...section(5, [[0, ...unsigned(memoryPages)]]),
    ...section(7, [exported("memory", 2, 0), ...Object.keys(functions).map((name, index) => exported(name, 0, index))]),
    ...section(
      10,
      programs.map(({ locals, body }) => sized([...counted(locals.map((type) => [1, types[type]])), ...body, 0x0b])),
    ),
  ]);
}
