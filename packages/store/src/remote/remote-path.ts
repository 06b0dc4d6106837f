import { BentoError } from "@bento/core";

// oxlint-disable-next-line no-control-regex -- servers of old protocols take a line break for the end of a command
const controls = /[\0-\x1f\x7f]/;

/**
 * A path as drivers get it: without a `/` at its beginning or end.
 * @throws BENTO_BAD_REQUEST for what leads out, and for what could end a command of an old protocol
 */
export function checkRemotePath(path: string): string {
  const bare = path.replace(/^\/+|\/+$/g, "");
  if (controls.test(bare))
    throw badPath(bare, "has a control character, which remotes cannot keep", "Rename it, or export it in an archive.");
  if (leadsOut(bare)) throw badPath(bare, 'has a part "." or "..", which remotes take for another folder', "Name the place itself.");
  return bare;
}

/** Whether a name that a server gave is no name of something below the folder that it was asked for. */
export function leadsElsewhere(path: string, folder: string): boolean {
  const isBelow = folder === "" ? path !== "" && !path.startsWith("/") : path.startsWith(`${folder}/`) && path.length > folder.length + 1;
  return !isBelow || path.endsWith("/") || path.includes("\0") || leadsOut(path);
}

/** The path of something in a folder; the root is the empty path. */
export function below(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

function leadsOut(path: string): boolean {
  return /(?:^|\/)\.{1,2}(?:\/|$)/.test(path);
}

function badPath(path: string, why: string, hint: string): BentoError {
  return new BentoError("BENTO_BAD_REQUEST", `The path ${JSON.stringify(path)} ${why}.`, { hint });
}
