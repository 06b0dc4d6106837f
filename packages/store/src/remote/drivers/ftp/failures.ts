import { BentoError, type BentoErrorCode } from "@bento/core";
import { FTPError } from "basic-ftp";
import { isLostConnection, remoteFailure } from "../../remote-failure.js";
import type { Secrets } from "../../remote.js";

/** What is not what a server should answer, or do. */
export class FtpProtocolError extends Error {
  /** Whether another try may bring another answer. */
  readonly isTransient: boolean;

  constructor(message: string, { isTransient = false }: { readonly isTransient?: boolean } = {}) {
    super(message);
    this.name = "FtpProtocolError";
    this.isTransient = isTransient;
  }
}

/** What was done, and where. */
export interface FtpPlace {
  /** As in `remoteFailure`. */
  readonly doing: string;
  readonly place: string;
  readonly secrets: Secrets;
}

const missing = /no such|not found|does ?n.t exist|cannot find|not exist/i;
const denied = /permission|denied|not allowed|forbidden|privilege|read-only/i;
const crowded = /too many|maximum|limit|already (connected|logged)|try (again )?later/i;

/** Whether a server says no because somebody else, or another connection of ours, is there. */
export function isCrowded(error: unknown): boolean {
  return error instanceof FTPError && (error.code === 421 || (error.code === 530 && crowded.test(error.message)));
}

/** Whether the server said that there is nothing under a name. */
export function isMissing(error: unknown): boolean {
  // 550 stands for all that can be wrong with a file; where the words say nothing of rights, it is not there.
  return error instanceof FTPError && error.code === 550 && (missing.test(error.message) || !denied.test(error.message));
}

/** Whether the server does not know a command, or not with what was said to it. */
export function isNotSupported(error: unknown): boolean {
  return error instanceof FTPError && error.code >= 500 && error.code <= 504;
}

/** The error for what went wrong with a server, in its own words. */
export function ftpFailure(error: unknown, where: FtpPlace): BentoError {
  if (BentoError.is(error)) return error;
  if (error instanceof FTPError) return refusal(error, where);
  const said = error instanceof Error ? error.message : String(error);
  const cause = error;
  if (isCertificate(error)) {
    const hint = "Trust who signed it: NODE_EXTRA_CA_CERTS, or the parameter ca, names a file of certificates.";
    return remoteFailure({ ...where, reason: `the server's certificate is not trusted: ${said}`, hint, cause });
  }
  if (error instanceof FtpProtocolError) return remoteFailure({ ...where, reason: said, isTransient: error.isTransient, cause });
  return remoteFailure({ ...where, reason: `the connection failed: ${plain(said)}`, isTransient: isPassing(error), cause });
}

function refusal(error: FTPError, where: FtpPlace): BentoError {
  const { code, message } = error;
  const reason = `the server answered ${plain(message)}`;
  const problem = (more: { code?: BentoErrorCode; hint?: string; isTransient?: boolean }): BentoError =>
    remoteFailure({ ...where, reason, cause: new Error(plain(message)), ...more });
  if (isCrowded(error)) return problem({ isTransient: true });
  if (code === 530 || code === 430 || code === 332 || code === 532) {
    return problem({ code: "BENTO_UNAUTHORIZED", hint: "Give user and password, in the URL, as options or in ~/.netrc." });
  }
  if (code === 452 || code === 552) return problem({ hint: "Make room at the server, or have its quota raised." });
  if (code < 500) return problem({ isTransient: true });
  if (code === 550 && missing.test(message)) return problem({ code: "BENTO_NOT_FOUND", hint: "Look for a mistake in the path." });
  if ((code === 550 || code === 553) && denied.test(message)) {
    return problem({ code: "BENTO_FORBIDDEN", hint: "Have this user given the right to it, or use another one." });
  }
  return problem({});
}

/** A server's or library's words on one line, without what a terminal would act on. */
function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- exactly these
  return text.replace(/[\0-\x1f\x7f-\x9f]+/g, " ");
}

function isCertificate(error: unknown): boolean {
  const code = errorCode(error);
  return /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)/.test(code);
}

/** Whether the two sides could not agree on TLS: who does not speak it now will not speak it later. */
export function isTlsRefusal(error: unknown): error is Error {
  return /^(ERR_SSL_|ERR_TLS_|EPROTO$)/.test(errorCode(error)) && !isCertificate(error);
}

/** Whether a failure below the protocol may be gone at the next try: all of them but names that nobody has. */
function isPassing(error: unknown): boolean {
  if (isLostConnection(error)) return true;
  // The library says in plain words that a connection is gone, or silent.
  return error instanceof Error && error.name === "Error" && errorCode(error) !== "ENOTFOUND";
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
