import { BentoError } from "@bento/core";
import pg from "pg";

// SQLSTATE codes, from the appendix of PostgreSQL's manual.
const serializationFailure = "40001";
const deadlock = "40P01";
const uniqueViolation = "23505";
const foreignKeyViolation = "23503";
/** Its administrator ended the connection, it crashed, it is starting or stopping, it waited too long for us, it has no connection left. */
const awayStates = ["57P01", "57P02", "57P03", "57P05", "25P03", "53300"];
const refusedUser = ["28000", "28P01", "3D000", "42501"];
const tookTooLong = "57014";
const outOfRoom = ["53100", "53200", "58030"];

/** Whether the server cannot be asked now. Everything that is no answer of PostgreSQL's comes from the connection. */
export function isAway(error: unknown): boolean {
  const state = stateOf(error);
  if (state !== undefined) return state.startsWith("08") || awayStates.includes(state);
  return error instanceof Error && !BentoError.is(error) && isOfConnection(error);
}

/** Whether two transactions met. Two that insert or remove the same row at once may be told so by its constraints. */
export function gotInTheWay(error: unknown): boolean {
  const state = stateOf(error);
  return state !== undefined && [serializationFailure, deadlock, uniqueViolation, foreignKeyViolation].includes(state);
}

/** The failure that stands at the end of patience. */
export function unreachable(where: string, ms: number, cause: unknown): BentoError {
  const message = isAway(cause)
    ? `The database ${JSON.stringify(where)} could not be reached for ${ms} ms.`
    : `Others kept the database ${JSON.stringify(where)} busy for ${ms} ms.`;
  return new BentoError("BENTO_UNAVAILABLE", message, { cause, hint: "Try again after a pause.", retryAfterMs: 1000 });
}

/** What PostgreSQL refuses, as ours; whatever else was thrown stays what it is. */
export function asBentoError(error: unknown, where: string): unknown {
  const state = stateOf(error);
  if (state === undefined) return error;
  if (refusedUser.includes(state)) {
    return new BentoError("BENTO_CONFIG_INVALID", `The database ${JSON.stringify(where)} refuses: ${(error as Error).message}`, {
      cause: error,
      hint: "Look at user, password and name of the database in its URL, and at what the user may do.",
    });
  }
  if (state === tookTooLong) {
    return new BentoError("BENTO_UNAVAILABLE", `The database ${JSON.stringify(where)} was too slow: ${(error as Error).message}`, {
      cause: error,
      hint: "Try again after a pause.",
      retryAfterMs: 1000,
    });
  }
  if (!outOfRoom.includes(state)) return error;
  return new BentoError("BENTO_STORE_FAILED", `The database ${JSON.stringify(where)} has no room left: ${(error as Error).message}`, {
    cause: error,
    hint: "Look at the free space of the database's server.",
  });
}

function stateOf(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** The library has no class for these: system errors have a code, its own are known by their words. */
function isOfConnection(error: Error): boolean {
  if (error instanceof AggregateError) return error.errors.every((each) => each instanceof Error && isOfConnection(each));
  return "syscall" in error || /connection|timeout/i.test(error.message);
}
