import { BentoError } from "@bento/core";

/** The codes of what is wrong with an archive itself; the readers that find it do not know which archive they read. */
const codes: ReadonlySet<string> = new Set([
  "BENTO_ARCHIVE_INVALID",
  "BENTO_ARCHIVE_UNSAFE",
  "BENTO_INTEGRITY_FAILED",
  "BENTO_MODEL_INVALID",
  "BENTO_BENTO_INVALID",
]);

/**
 * Does work on an archive; what is found wrong with the archive names it.
 * @param name for messages: its path in quotes, or what it is
 * @throws what the work throws
 */
export async function namingArchive<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!BentoError.is(error) || !codes.has(error.code) || error.message.includes(name)) throw error;
    throw new BentoError(error.code, `In ${name}: ${error.message}`, { hint: error.hint, issues: error.issues, cause: error });
  }
}
