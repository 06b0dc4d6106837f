/**
 * WebAssembly's binary form: numbers, and instructions after their operands.
 *
 * @typedef {readonly number[]} Code
 */

/** @type {(value: number) => Code} */
export function unsigned(value) {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** @type {(value: number) => Code} */
export function signed(value) {
  const isLast = value >= -64 && value < 64;
  return isLast ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(Math.floor(value / 128))];
}

/** @type {(...opcode: number[]) => (left: Code, right: Code) => Code} */
export const binary =
  (...opcode) =>
  (left, right) => [...left, ...right, ...opcode];
/** @type {(...opcode: number[]) => (operand: Code) => Code} */
export const unary =
  (...opcode) =>
  (operand) => [...operand, ...opcode];
/** Of memory that need not be aligned. @type {(...opcode: number[]) => (address: Code, offset?: number) => Code} */
export const load =
  (...opcode) =>
  (address, offset = 0) => [...address, ...opcode, 0, ...unsigned(offset)];
/** Of memory that need not be aligned. @type {(...opcode: number[]) => (address: Code, value: Code, offset?: number) => Code} */
export const store =
  (...opcode) =>
  (address, value, offset = 0) => [...address, ...value, ...opcode, 0, ...unsigned(offset)];
