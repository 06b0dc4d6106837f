import { BentoError } from "@bento/core";
import { FtpProtocolError } from "./failures.js";

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

/** A name from a server's listing. @throws FtpProtocolError for one that would lead out of the folder that was listed */
export function checkName(name: string): string {
  // oxlint-disable-next-line no-control-regex -- exactly these
  if (name !== "" && name !== "." && name !== ".." && !/[\0-\x1f\x7f/\\]/.test(name)) return name;
  throw new FtpProtocolError(`the server lists ${JSON.stringify(name)}, which cannot be the name of a file`);
}
