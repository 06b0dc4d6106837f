import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { FileModelStore } from "@bento/store";
import { median } from "../report.mjs";
import { withServerProcess } from "../server-process.mjs";
import { RegistryProcess } from "./processes.mjs";

export const about = "push and pull of 2 GiB over loopback against a plain copy of the same bytes, a second push with 1 % changed, memory";

const mib = 2 ** 20;
const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * Every transfer is a process of its own, its server another one; what was moved is on the disk when it ends, in the plain
 * copy too. Ours digests on top of that: the pusher every byte for its part, as the manifest has the digest of the file,
 * the registry and whoever pulls every byte twice, for its part and for its file. What that alone costs shows another
 * plain copy, which digests as often.
 * @param {{ quick: boolean }} options
 */
export async function run({ quick }) {
  const rounds = quick ? 1 : 3;
  const size = (quick ? 512 : 2048) * mib;
  const folder = await mkdtemp(join(tmpdir(), "bento-bench-registry-"));
  const server = new RegistryProcess(join(folder, "registry"));
  try {
    await server.start();
    const home = join(folder, "home");
    const store = new FileModelStore(home);
    const taken = { push: { plain: [], digested: [], ours: [] }, pull: { plain: [], digested: [], ours: [] } };
    const peaks = [];
    let last;
    for (let round = 0; round < rounds; round += 1) {
      const model = await store.create(`weights:r${round}`, (draft) => draft.write("weights.bin", randomPieces(size)));
      const turns = [
        () => plainRound(folder, model.resolvePath("weights.bin"), taken, []),
        () => plainRound(folder, model.resolvePath("weights.bin"), taken, ["digested"]),
        () => ourRound({ folder, home, server, tag: String(model.tag) }, taken, peaks),
      ];
      for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();
      if (last !== undefined) await store.delete(last.tag);
      last = model;
      console.error(`  round ${round + 1} of ${rounds}`);
    }
    const second = await pushChanged({ store, server, home, last, size });
    peaks.push(second.peakMiB);
    const serverPeak = await server.peakMiB();
    return outcome({ taken, second, peaks, serverPeak, size });
  } finally {
    await server.kill("SIGTERM");
    await rm(folder, { recursive: true, force: true });
  }
}

async function plainRound(folder, path, taken, how) {
  const [name = "plain"] = how;
  const copy = join(folder, "copy");
  await withServerProcess(new URL("plain-server.mjs", import.meta.url), [path, copy], async (url) => {
    taken.push[name].push((await inProcess("plain-client.mjs", ["push", url, path, ...how])).ms);
    await rm(copy);
    taken.pull[name].push((await inProcess("plain-client.mjs", ["pull", url, copy, ...how])).ms);
    await rm(copy);
  });
}

async function ourRound({ folder, home, server, tag }, taken, peaks) {
  const target = join(folder, "target");
  const pushed = await inProcess("registry-client.mjs", ["push", server.url, home, tag]);
  const pulled = await inProcess("registry-client.mjs", ["pull", server.url, target, tag]);
  if (pushed.outcome !== "pushed" || pulled.outcome !== "pulled") throw new Error(`${tag} was ${pushed.outcome} and ${pulled.outcome}`);
  const reader = new FileModelStore(target);
  if ((await (await reader.get(tag)).verify()).status !== "ok") throw new Error(`${tag} came back as another one`);
  taken.push.ours.push(pushed.ms);
  taken.pull.ours.push(pulled.ms);
  peaks.push(pushed.peakMiB, pulled.peakMiB);
  await rm(target, { recursive: true });
}

/** A next version of the last model, in which one stretch of a hundredth is new. */
async function pushChanged({ store, server, home, last, size }) {
  const from = Math.floor(size * 0.4);
  const until = from + Math.floor(size / 100);
  const model = await store.create("weights:changed", (draft) => draft.write("weights.bin", changed(last, from, until)));
  return inProcess("registry-client.mjs", ["push", server.url, home, String(model.tag)]);
}

async function* changed(model, from, until) {
  yield* model.stream("weights.bin", { end: from });
  yield randomBytes(until - from);
  yield* model.stream("weights.bin", { start: until });
}

async function* randomPieces(size) {
  for (let made = 0; made < size; made += mib) yield randomBytes(mib);
}

async function inProcess(program, args) {
  const { stdout } = await promisify(execFile)(process.execPath, [pathOf(program), ...args]);
  return JSON.parse(stdout);
}

function outcome({ taken, second, peaks, serverPeak, size }) {
  const speed = (ms) => size / mib / (ms / 1000);
  const rows = Object.entries(taken).map(([what, { plain, digested, ours }]) => ({
    transfer: what,
    "plain MiB/s": speed(median(plain)),
    "digested MiB/s": speed(median(digested)),
    "ours MiB/s": speed(median(ours)),
    // Of neighbours in time, as the machine is not the same from minute to minute.
    "x digested": median(digested.map((ms, round) => ms / ours[round])),
    ratio: median(plain.map((ms, round) => ms / ours[round])),
  }));
  const percent = (second.bytes.sent / second.bytes.total) * 100;
  const goals = [
    ...rows.map(({ transfer, ratio }) => ({
      what: `${transfer} of ${size / mib} MiB over a plain copy`,
      goal: 0.8,
      got: ratio,
      atLeast: true,
    })),
    { what: "bytes of a second push with 1 % changed, %", goal: 5, got: percent, atLeast: false },
    { what: "peak of a client, MiB", goal: 250, got: Math.max(...peaks), atLeast: false },
    { what: "peak of the server, MiB", goal: 250, got: serverPeak, atLeast: false },
  ];
  return { columns: Object.keys(rows[0]), rows, goals };
}
