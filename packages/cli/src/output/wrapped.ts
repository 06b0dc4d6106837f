import stringWidth from "string-width";

/** Words in lines of so many columns, each but the first behind an indent; a word that is longer has a line of its own. */
export function wrapped(words: readonly string[], columns: number, indent: string): string {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && stringWidth(`${last} ${word}`) <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(lines.length === 0 ? word : indent + word);
  }
  return lines.join("\n");
}
