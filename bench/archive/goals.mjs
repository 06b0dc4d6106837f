/**
 * What was promised, as goals over the measured rows.
 * @param {readonly ({ tree: string, format: string, against: string } & Readonly<Record<string, unknown>>)[]} rows
 */
export function goalsOf(rows) {
  const find = (tree, against) => rows.find((row) => row.tree === tree && row.against === against);
  const goals = [];
  const goal = (tree, against, column, limit, atLeast = true) => {
    const row = find(tree, against);
    if (row !== undefined)
      goals.push({ what: `${tree} as ${row.format}, ${column.trim()} against ${against}`, goal: limit, got: row[column], atLeast });
  };
  for (const weights of ["float32", "bfloat16"]) {
    goal(weights, "xz -6 -T0", "x out", 50);
    goal(weights, "Python bentomodel", "x out", 100);
    goal(weights, "xz -6 -T0", "size", 1.1, false);
    goal(weights, "Python bentomodel", "x in", 3);
    goal(weights, "pigz -6", "x out", 3);
    goal(weights, "pigz -6", "size", 1.01, false);
    goal(weights, "zip -6", "x out", 2);
    goal(weights, "zip -6", "size", 1.01, false);
    goal(weights, "zstd -T0", "x out", 0.9);
    goal(weights, "tar", "x out", 0.7);
    goal(weights, "tar", "x in", 0.7);
  }
  goal("large float32", "pigz -6", "x out", 3);
  goal("large float32", "zip -6", "x out", 2);
  goal("large float32", "zstd -T0", "x out", 0.9);
  goal("large float32", "tar", "x out", 0.7);
  goal("large float32", "tar", "x in", 0.7);
  for (const tool of ["xz -6 -T0", "pigz -6"]) {
    goal("text", tool, "x out", 0.9);
    goal("text", tool, "size", 1.02, false);
  }
  goal("small files", "tar", "x out", 0.5);
  goal("small files", "tar", "x in", 0.5);
  return goals;
}
