import { randomBytes } from "node:crypto";

/** What a name may be long on nearly every disk. Bytes. */
const longestName = 255;

/** A path beside a file that nobody else has, for what is not whole yet: `folder/.name.1f2e3d4c.partial`. */
export function partialOf(path: string): string {
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const end = `.${randomBytes(4).toString("hex")}.partial`;
  let name = path.slice(folder.length);
  while (Buffer.byteLength(name) > longestName - end.length - 1) name = Array.from(name).slice(0, -1).join("");
  return `${folder}.${name}${end}`;
}
