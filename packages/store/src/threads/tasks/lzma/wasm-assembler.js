/**
 * As much of WebAssembly's binary form as the literal coder needs: each function gives the bytes of an instruction
 * together with those of its operands, so that a program reads as nested expressions.
 *
 * @typedef {readonly number[]} Code
 */

/** @type {(value: number) => Code} */
function unsigned(value) {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** @type {(value: number) => Code} */
function signed(value) {
  const isLast = value >= -64 && value < 64;
  return isLast ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(Math.floor(value / 128))];
}

/** @type {(opcode: number) => (left: Code, right: Code) => Code} */
const binary = (opcode) => (left, right) => [...left, ...right, opcode];
/** @type {(opcode: number) => (operand: Code) => Code} */
const unary = (opcode) => (operand) => [...operand, opcode];
/** @type {(opcode: number) => (address: Code, offset?: number) => Code} */
const load =
  (opcode) =>
  (address, offset = 0) => [...address, opcode, 0, ...unsigned(offset)];
/** @type {(opcode: number) => (address: Code, value: Code, offset?: number) => Code} */
const store =
  (opcode) =>
  (address, value, offset = 0) => [...address, ...value, opcode, 0, ...unsigned(offset)];

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
  less: binary(0x49),
  greater: binary(0x4b),
  load8: load(0x2d),
  load16: load(0x2f),
  store8: store(0x3a),
  store16: store(0x3b),
  fromI64: unary(0xa7),
};

export const i64 = {
  /** @type {(value: number) => Code} */
  const: (value) => [0x42, ...signed(value)],
  add: binary(0x7c),
  and: binary(0x83),
  shl: binary(0x86),
  shr: binary(0x88),
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

const types = { i32: 0x7f, i64: 0x7e };
/** Every module's first bytes, with the version of the form. */
const magic = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/**
 * A module of one function `run`, which takes and gives 32-bit numbers, and its memory.
 * @param {{ parameters: number, locals: readonly (keyof typeof types)[], memoryPages: number, body: Code }} program
 */
export function assemble({ parameters, locals, memoryPages, body }) {
  const text = new TextEncoder();
  /** @type {(id: number, ...content: readonly Code[]) => Code} */
  const section = (id, ...content) => [id, ...sized(content.flat())];
  /** @type {(bytes: Code) => Code} */
  const sized = (bytes) => [...unsigned(bytes.length), ...bytes];
  /** @type {(name: string, kind: number) => Code} */
  const exported = (name, kind) => [...sized([...text.encode(name)]), kind, 0];
  const code = [...unsigned(locals.length), ...locals.flatMap((type) => [1, types[type]]), ...body, 0x0b];
  return Uint8Array.from([
    ...magic,
    ...section(1, [1, 0x60], sized(Array.from({ length: parameters }, () => types.i32)), [1, types.i32]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0], unsigned(memoryPages)),
    ...section(7, [2], exported("memory", 2), exported("run", 0)),
    ...section(10, [1], sized(code)),
  ]);
}
