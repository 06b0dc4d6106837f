/** What a server says of a file in a line of MLST and MLSD. @source RFC 3659 7 */
export interface Facts {
  /** In small letters: `file`, `dir`, `cdir`, `pdir`, `os.unix=symlink`, ... */
  readonly type: string;
  readonly size: number | undefined;
  /** As the server spells it. */
  readonly modified: string | undefined;
  readonly name: string;
}

/** The facts stand before the first space, each ended by `;`; the name is all the rest. */
export function factsOf(line: string): Facts {
  const space = line.indexOf(" ");
  const facts = new Map<string, string>();
  for (const fact of line.slice(0, Math.max(0, space)).split(";")) {
    const equals = fact.indexOf("=");
    if (equals > 0) facts.set(fact.slice(0, equals).toLowerCase(), fact.slice(equals + 1));
  }
  const size = facts.get("size");
  return {
    type: facts.get("type")?.toLowerCase() ?? "",
    size: size !== undefined && /^\d{1,15}$/.test(size) ? Number(size) : undefined,
    modified: facts.get("modify"),
    name: line.slice(space + 1),
  };
}
