import { checkSignal } from "../../../store/cancellation.js";
import type { ImportLimits } from "../../rules/limits.js";
import type { RandomAccess } from "../container.js";
import { readExactly } from "./bytes.js";
import { namesOf, type RawNames, recordsOf, surveyDirectory } from "./directory.js";
import { findDirectory } from "./end-record.js";
import { type Member, memberOf } from "./member.js";
import { readRecords } from "./records.js";

/**
 * The members of a zip as its directory lists them, in that order. Nothing but the directory is read.
 * @throws BENTO_ARCHIVE_INVALID, BENTO_ARCHIVE_UNSAFE for a directory that cannot be, BENTO_CANCELLED by the signal
 */
export async function* zipMembers(
  source: RandomAccess,
  options: { readonly limits: ImportLimits; readonly signal: AbortSignal },
): AsyncGenerator<Member, void> {
  const directory = await surveyDirectory(source, await findDirectory(source), options);
  let index = 0;
  for (const page of directory.pages) {
    checkSignal(options.signal, "Reading the zip archive");
    const bytes = await readExactly(source, page.start, page.end);
    const names = [...recordsOf(bytes, page.count)].map(namesOf);
    for (const [position, file] of (await readRecords(bytes, page)).entries()) {
      const [start, end] = [directory.starts[index] as number, directory.ends[index] as number];
      yield memberOf(file, names[position] as RawNames, { start, end });
      index += 1;
    }
  }
}
