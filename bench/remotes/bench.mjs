import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { runnerImport } from "vite";
import { median } from "../report.mjs";
import { madeContent } from "./made-content.mjs";
import { tools } from "./tools.mjs";

export const about = "files up to and down from real servers of every scheme, against the plain tool for it, and the memory that takes";

const mib = 2 ** 20;
/** What one connection to a store that is not on this machine brings. */
const farBytesPerSecond = 32 * mib;
const oneStream = "AWS SDK, one stream";
const client = fileURLToPath(new URL("remote-client.mjs", import.meta.url));
const support = (name) => fileURLToPath(new URL(`../../test/system/support/${name}`, import.meta.url));

/**
 * Every transfer is a process of its own, against the same server, by turns with the tool; what comes down goes into a
 * file that is not there yet. Memory is that of ours alone, with bytes that are made on the way, so that nothing but the server needs room.
 * @param {{ quick: boolean, size?: number, memory?: boolean }} options bytes of the file, and whether only memory is looked at
 */
export async function run({ quick, size = (quick ? 64 : 1024) * mib, memory = false }) {
  const folder = await mkdtemp(join(tmpdir(), "bento-bench-remotes-"));
  const file = join(folder, "weights.bin");
  try {
    if (!memory) await writeFile(file, madeContent(size).stream(0));
    const rows = [];
    const goals = [];
    for (const [scheme, start] of Object.entries(await starts())) {
      const place = await start();
      try {
        const under = { scheme, place, file, size };
        if (!memory) await speed(under, { rounds: quick ? 1 : 5, rows, goals, tools: tools[scheme] });
        if (!memory && scheme === "s3") await farAway(under, { rounds: quick ? 1 : 5, rows, goals });
        await peaks(under, { size: quick ? size : 4096 * mib, rows, goals });
      } finally {
        await place[Symbol.asyncDispose]();
      }
    }
    return { columns: ["transfer", "MiB", "tool MiB/s", "ours MiB/s", "ratio", "peak MiB"], rows, goals };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The servers of the system tests. */
async function starts() {
  const [folders, stores] = await Promise.all(["faulty-folders.ts", "faulty-places.ts"].map((name) => runnerImport(support(name))));
  return {
    http: folders.module.nginxPlace,
    webdav: folders.module.apachePlace,
    ftp: folders.module.vsftpdPlace,
    sftp: folders.module.openSshPlace,
    s3: () => stores.module.SwiftPlace.start(),
    azblob: () => stores.module.AzuritePlace.start(),
  };
}

/** The same over connections of which each is slow, as it is with stores that are not on this machine: what several at once are for. */
async function farAway({ place, file, ...under }, { rounds, rows, goals }) {
  const { FaultProxy } = (await runnerImport(fileURLToPath(new URL("../../test/support/fault-proxy.ts", import.meta.url)))).module;
  const slow = (on) => ({ kind: "throttle", on, at: 0, bytesPerSecond: farBytesPerSecond });
  const proxy = await FaultProxy.start(place.port, { faultsOf: () => [slow("request"), slow("response")] });
  try {
    const size = Math.min(under.size, 256 * mib);
    const part = `${file}.part`;
    await writeFile(part, madeContent(size).stream(0));
    const far = { scheme: "s3 far away", place, file: part, size, port: proxy.port };
    await speed(far, { rounds, rows, goals, tools: { [oneStream]: { ...tools.s3[oneStream], goal: 1 } } });
  } finally {
    await proxy[Symbol.asyncDispose]();
  }
}

async function speed({ scheme, place, file, size, port = place.port }, { rounds, rows, goals, tools: against }) {
  const address = { host: "127.0.0.1", port };
  const target = `${file}.down`;
  const at = (name) => ({ url: place.url(name, address), options: optionsOf(place, address), file, target, size });
  const down = async (transfer) => {
    try {
      return await transfer();
    } finally {
      await rm(target, { force: true });
    }
  };
  for (const [tool, { goal, ...theirs }] of Object.entries(against)) {
    const taken = { up: { tool: [], ours: [] }, down: { tool: [], ours: [] } };
    for (let round = 0; round < rounds; round += 1) {
      // What comes down is the same for both: how it came up makes it quicker or slower to be had.
      const up = [
        async () => taken.up.tool.push(await theirs.up(at("tool.bin"))),
        async () => taken.up.ours.push((await ours("up", at("ours.bin"), file)).ms),
      ];
      const back = [
        async () => taken.down.tool.push(await down(() => theirs.down(at("tool.bin")))),
        async () => taken.down.ours.push((await down(() => ours("down", at("tool.bin"), target))).ms),
      ];
      for (const turns of [up, back]) for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await settled(turn);
      if (round === 0) await checkArrived(place, file, size);
      console.error(`  ${scheme} and ${tool}: round ${round + 1} of ${rounds}`);
    }
    for (const way of ["up", "down"]) {
      const perSecond = (ms) => size / mib / (ms / 1000);
      // Of neighbours in time, as the machine is not the same from minute to minute.
      const ratio = median(taken[way].tool.map((ms, round) => ms / taken[way].ours[round]));
      const transfer = `${scheme} ${way}, ${tool}`;
      const [toolSpeed, ownSpeed] = [median(taken[way].tool), median(taken[way].ours)].map(perSecond);
      rows.push({ transfer, MiB: size / mib, "tool MiB/s": toolSpeed, "ours MiB/s": ownSpeed, ratio });
      goals.push({ what: `${scheme} ${way} over ${tool}`, goal, got: ratio, atLeast: true });
    }
  }
}

/** With a disk that has nothing left to do of the transfer before. */
async function settled(turn) {
  await promisify(execFile)("sync");
  await turn();
}

async function peaks({ scheme, place }, { size, rows, goals }) {
  const address = { host: "127.0.0.1", port: place.port };
  const at = { url: place.url("large.bin", address), options: optionsOf(place, address), size };
  for (const way of ["up", "down"]) {
    const { ms, peakMiB } = await ours(way, at, String(size));
    const transfer = `${scheme} ${way}, memory`;
    rows.push({ transfer, MiB: size / mib, "ours MiB/s": size / mib / (ms / 1000), "peak MiB": peakMiB });
    goals.push({ what: `${scheme} ${way}, peak of ${size / mib} MiB, MiB`, goal: 200, got: peakMiB, atLeast: false });
    console.error(`  ${transfer}`);
  }
}

/** As anybody would have them: parts are small in tests only. */
function optionsOf(place, address) {
  const { params, ...login } = place.options(address);
  return { ...login, params: { ...params, partSize: undefined } };
}

async function ours(way, { url, options, size }, source) {
  const { stdout } = await promisify(execFile)(process.execPath, [client, way, url, JSON.stringify(options), source]);
  const result = JSON.parse(stdout);
  if (result.bytes !== size) throw new Error(`${url} had ${result.bytes} bytes of ${size}`);
  return result;
}

/** That ours has put there what the file is. */
async function checkArrived(place, file, size) {
  const there = await place.read("ours.bin");
  if (there.length !== size) throw new Error(`there are ${there.length} bytes of ${size}`);
  let at = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: mib })) {
    if (!chunk.equals(there.subarray(at, at + chunk.length))) throw new Error(`what is there differs after ${at} bytes`);
    at += chunk.length;
  }
}
