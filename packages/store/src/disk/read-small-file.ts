import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** Why a file was not read, as an error of the operating system's kind. */
function refusal(code: string, message: string): Error {
  return Object.assign(new Error(message), { code, syscall: "read" });
}

/**
 * The bytes of a regular file of moderate size. Never waits for a pipe or device that stands in its place.
 * @throws the operating system's error; `EINVAL` when it is no regular file, `EFBIG` when it is larger than `maxBytes`
 */
export function readSmallFile(path: string, maxBytes: number): Buffer {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stat = fstatSync(file);
    if (stat.isDirectory()) throw refusal("EISDIR", "it is a folder");
    if (!stat.isFile()) throw refusal("EINVAL", "it is not a regular file");
    if (stat.size > maxBytes) throw refusal("EFBIG", `it is larger than ${maxBytes} bytes`);
    const bytes = Buffer.allocUnsafe(stat.size);
    let length = 0;
    while (length < bytes.length) {
      const count = readSync(file, bytes, length, bytes.length - length, null);
      if (count === 0) break;
      length += count;
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(file);
  }
}
