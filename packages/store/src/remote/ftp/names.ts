import { BentoError } from "@bento/core";
import { randomBytes } from "node:crypto";
import { FtpProtocolError } from "./failures.js";

/** What a name may be long on nearly every disk. Bytes. */
const longestName = 255;

/**
 * The path that a server is told: absolute, below the folder that it shows as its root.
 * @throws BENTO_BAD_REQUEST for what a server would take for something else: a line break ends a command
 */
export function serverPath(path: string): string {
  // oxlint-disable-next-line no-control-regex -- exactly these
  const isStrange = /[\0-\x1f\x7f]/.test(path) || path.startsWith("/") || path.split("/").some((name) => name === ".." || name === ".");
  if (isStrange) {
    throw new BentoError("BENTO_BAD_REQUEST", `${JSON.stringify(path)} cannot be a path at an FTP server.`, {
      hint: 'Leave out "..", ".", control characters and a "/" at the beginning.',
    });
  }
  return `/${path.replace(/\/+$/, "")}`;
}

/** The folder that a path is in; `/` for what is directly below the root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf("/")));
}

/** A name beside a file that nobody else has, for what is not whole yet. */
export function partialOf(path: string): string {
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const end = `.${randomBytes(4).toString("hex")}.partial`;
  let name = path.slice(folder.length);
  while (Buffer.byteLength(name) > longestName - end.length - 1) name = [...name].slice(0, -1).join("");
  return `${folder}.${name}${end}`;
}

/** A name from a server's listing. @throws FtpProtocolError for one that would lead out of the folder that was listed */
export function checkName(name: string): string {
  // oxlint-disable-next-line no-control-regex -- exactly these
  if (name !== "" && name !== "." && name !== ".." && !/[\0-\x1f\x7f/\\]/.test(name)) return name;
  throw new FtpProtocolError(`the server lists ${JSON.stringify(name)}, which cannot be the name of a file`);
}
