/** How much of the longer word must be the same. */
const minSimilarity = 0.4;
const shown = 3;

/** Up to three of `words` that somebody who wrote `word` may have meant, the closest first. */
export function closeWords(word: string, words: readonly string[]): readonly string[] {
  const wanted = word.toLowerCase();
  return words
    .map((each) => ({ each, similarity: 1 - editDistance(wanted, each) / Math.max(wanted.length, each.length) }))
    .filter(({ similarity }) => similarity > minSimilarity)
    .toSorted((a, b) => b.similarity - a.similarity)
    .slice(0, shown)
    .map(({ each }) => each);
}

/** How many letters must be put in, taken out, changed or swapped with their neighbour. */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    const above = rows[i - 1] as number[];
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1];
      const changed = (above[j - 1] as number) + (isSame ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (rows[i - 2]?.[j - 2] as number) + 1 : Infinity;
      row.push(Math.min(changed, swapped, (above[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    rows.push(row);
  }
  return (rows[a.length] as number[])[b.length] as number;
}
