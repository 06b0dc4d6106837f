import { BentoError } from "@bento/core";
import { isLostConnection, remoteFailure } from "../../remote-failure.js";
import type { Secrets } from "../../remote.js";
import { statusCodes } from "./packets.js";
import { SftpBroken, SftpStatus } from "./sftp-session.js";

/** Where something went wrong, and at what. */
export interface Undertaking {
  /** After "Cannot". */
  readonly doing: string;
  readonly place: string;
  readonly secrets: Secrets;
}

/** The error for what a session threw; one that is a BentoError already stays itself. */
export function sftpFailure(error: unknown, under: Undertaking): BentoError {
  if (BentoError.is(error)) return error;
  if (error instanceof SftpStatus) return refused(error, under);
  const reason = error instanceof Error ? error.message : String(error);
  return remoteFailure({ ...under, reason, isTransient: error instanceof SftpBroken || isLostConnection(error), cause: error });
}

/** What the server said, in its own words where they say more than ours. */
function refused(error: SftpStatus, under: Undertaking): BentoError {
  const said = error.message === "" ? "" : `, the server says ${JSON.stringify(error.message)}`;
  const failure = { ...under, cause: error };
  switch (error.status) {
    case statusCodes.noSuchFile:
      return remoteFailure({ ...failure, reason: `there is no such file${said}`, code: "BENTO_NOT_FOUND" });
    case statusCodes.permissionDenied:
      return remoteFailure({
        ...failure,
        reason: `the server does not allow it${said}`,
        code: "BENTO_FORBIDDEN",
        hint: "Look at the rights of the file and of the folders above it, or log in as another user.",
      });
    case statusCodes.noConnection:
    case statusCodes.connectionLost:
      return remoteFailure({ ...failure, reason: `the server lost its connection${said}`, isTransient: true });
    case statusCodes.unsupported:
      return remoteFailure({ ...failure, reason: `the server cannot do this${said}` });
    default:
      return remoteFailure({
        ...failure,
        reason: `the server refused (code ${error.status}${said})`,
        hint: "SFTP servers tell no more than that; a full disk, a quota, or something else at that place are what it mostly is.",
      });
  }
}
