import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The variable that names the folder where the processes of a server write what only they know of themselves. */
export const folderVariable = "BENCH_FIGURES";
/** Milliseconds. */
const everyMs = 1000;

/** Of this process. */
const own = { taken: 0, timers: 0, resources: 0 };

/** A call was taken on. */
export function takeOn() {
  own.taken += 1;
}

/** From now on this process writes its figures down, and at its end once more. */
export function writeFigures() {
  const file = join(process.env[folderVariable], String(process.pid));
  const write = () => {
    const resources = process.getActiveResourcesInfo();
    own.timers = resources.filter((type) => type === "Timeout" || type === "Immediate").length;
    own.resources = resources.length;
    // In one step, since somebody may be reading.
    writeFileSync(`${file}.new`, JSON.stringify(own));
    renameSync(`${file}.new`, file);
  };
  write();
  setInterval(write, everyMs).unref();
  process.on("exit", write);
}

/**
 * What processes wrote down, added up.
 * @param {string} folder
 * @param {(pid: number) => boolean} isMeant
 */
export function readFigures(folder, isMeant = () => true) {
  const sums = { taken: 0, timers: 0, resources: 0 };
  for (const name of readdirSync(folder)) {
    if (name.endsWith(".new") || !isMeant(Number(name))) continue;
    const figures = JSON.parse(readFileSync(join(folder, name), "utf8"));
    for (const key of Object.keys(sums)) sums[key] += figures[key];
  }
  return sums;
}
