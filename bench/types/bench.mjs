import { median } from "../report.mjs";
import { checkEndpoints, processorSeconds } from "./many-endpoints.mjs";

export const about = "what checking the types of a service and of its client costs, by the number of its endpoints";

const counts = [1, 10, 100];

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const rounds = quick ? 3 : 7;
  const found = new Map(counts.map((count) => [count, []]));
  for (let round = 0; round < rounds; round++) {
    const empty = processorSeconds(0);
    for (const count of round % 2 === 0 ? counts : counts.toReversed())
      found.get(count).push({ ...checkEndpoints(count), more: processorSeconds(count) - empty });
  }
  const rows = counts.map((count) => {
    const runs = found.get(count);
    const seconds = runs.map((each) => each.seconds);
    return {
      endpoints: count,
      "check s": median(seconds),
      "quickest s": Math.min(...seconds),
      "processor s": median(runs.map(({ more }) => more)),
      instantiations: runs[0].instantiations,
    };
  });
  const most = rows.at(-1);
  return {
    columns: Object.keys(most),
    rows,
    goals: [
      { what: "100 endpoints, check s", goal: 2, got: most["check s"], atLeast: false },
      { what: "100 endpoints, processor s of tsc beyond those of an empty project", goal: 2, got: most["processor s"], atLeast: false },
    ],
  };
}
