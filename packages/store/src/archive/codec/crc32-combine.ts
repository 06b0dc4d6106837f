/** The polynomial of zip and gzip, its lowest power in the highest bit. */
const polynomial = 0xedb88320;
/** x to the power of 2^n, for n from 0 to 31. */
const squares = powers();

/** The CRC-32 of two strings of bytes joined, from the CRC-32 of each and the length of the second. */
export function combineCrc32(first: number, second: number, secondLength: number): number {
  return (multiply(powerOf(secondLength), first) ^ second) >>> 0;
}

/** x to the power of 8 times a number of bytes. */
function powerOf(bytes: number): number {
  let power = 1 << 31;
  for (let bit = 3, left = bytes; left > 0; bit += 1, left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = multiply(squares[bit % 31] as number, power);
  }
  return power;
}

function powers(): readonly number[] {
  const values = [1 << 30];
  for (let index = 1; index < 32; index += 1) values.push(multiply(values[index - 1] as number, values[index - 1] as number));
  return values;
}

/** The product of two polynomials over bits, modulo the one above. */
function multiply(left: number, right: number): number {
  let product = 0;
  let factor = right;
  for (let bit = 31; bit >= 0; bit -= 1) {
    if ((left >>> bit) & 1) product ^= factor;
    factor = factor & 1 ? (factor >>> 1) ^ polynomial : factor >>> 1;
  }
  return product;
}
