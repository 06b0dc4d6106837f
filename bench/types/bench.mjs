import { median } from "../report.mjs";
import { checkEndpoints } from "./many-endpoints.mjs";

export const about = "what checking the types of a service and of its client costs, by the number of its endpoints";

const counts = [1, 10, 100];

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const rounds = quick ? 3 : 9;
  const found = new Map(counts.map((count) => [count, []]));
  for (let round = 0; round < rounds; round++) {
    for (const count of round % 2 === 0 ? counts : counts.toReversed()) found.get(count).push(checkEndpoints(count));
  }
  const rows = counts.map((count) => {
    const runs = found.get(count);
    const seconds = runs.map((each) => each.seconds);
    return { endpoints: count, "check s": median(seconds), "quickest s": Math.min(...seconds), instantiations: runs[0].instantiations };
  });
  return {
    columns: Object.keys(rows[0]),
    rows,
    goals: [{ what: "100 endpoints, check s", goal: 2, got: rows.at(-1)["check s"], atLeast: false }],
  };
}
