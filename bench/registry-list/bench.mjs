import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { Agent, get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { openRegistryTokens } from "@bento/registry-server";
import { median } from "../report.mjs";
import { withServerProcess } from "../server-process.mjs";
import { emptyCatalog, fillCatalog } from "./catalog.mjs";

const goalMs = 50;
const names = 1000;
const versions = 10;
export const about = `a page of ${(names * versions).toLocaleString("en-US")} models, with a token, against bare node:http that answers the same bytes`;

/** What is asked for. `page`: as a browser does. */
const lists = [
  { list: "models, first page", path: "/api/v1/models?" },
  { list: "models, in the middle", path: `/api/v1/models?start=${(names * versions) / 2}&` },
  { list: "models, last page", path: `/api/v1/models?start=${names * versions - 100}&` },
  { list: "names, first page", path: "/api/v1/model_repositories?" },
  { list: "names, in the middle", path: `/api/v1/model_repositories?start=${names / 2}&` },
  { list: "names, last page", path: `/api/v1/model_repositories?start=${names - 100}&` },
  { list: "versions of a name", path: "/api/v1/model_repositories/model-0500/models?" },
  { list: "a word that many say", path: "/api/v1/models?q=quantized&" },
  { list: "a word that few say", path: "/api/v1/models?q=model-0777&" },
  { list: "a word that nobody says", path: "/api/v1/models?q=nothing-of-this&" },
  { list: "names with a word", path: "/api/v1/model_repositories?search=model-07&" },
  { list: "a label of many", path: "/api/v1/models?q=label:team=vision&" },
  { list: "a label of one", path: "/api/v1/models?q=label:run=run-0500-3&" },
  { list: "a label and a word", path: "/api/v1/models?q=label:team=vision+quantized&" },
];
/** As a person asks for them, and as our client does. */
const sizes = [20, 100];
/** As the page in a browser asks for them: fifty rows, a session in place of a token. */
const pages = [
  { list: "page: names", path: "/models?start=500" },
  { list: "page: a label", path: "/models?search=label:team%3Dvision" },
];

/**
 * SQLite, and PostgreSQL where BENTO_BENCH_DATABASE names a database of it. Ours and the plain answer take turns, one request after the
 * other, each over a connection that is kept.
 * @param {{ quick: boolean }} options
 */
export async function run({ quick }) {
  const requests = quick ? 50 : 200;
  const rows = [];
  const goals = [];
  for (const [database, url] of [["SQLite"], ["PostgreSQL", env.BENTO_BENCH_DATABASE]]) {
    if (database === "PostgreSQL" && (url ?? "") === "") {
      console.error("  BENTO_BENCH_DATABASE names no database of PostgreSQL: SQLite alone");
      continue;
    }
    const measured = await measure(database, url, requests);
    rows.push(...measured);
    const slowest = measured.reduce((a, b) => (a["p99 ms"] > b["p99 ms"] ? a : b));
    const what = `${database}, the slowest page, p99 of ${requests} in ms (${slowest.list}, ${slowest.rows} rows)`;
    goals.push({ what, goal: goalMs, got: slowest["p99 ms"], atLeast: false });
  }
  return { columns: Object.keys(rows[0]), rows, goals };
}

async function measure(database, url, requests) {
  const folder = await mkdtemp(join(tmpdir(), "bento-bench-registry-list-"));
  const where = { data: join(folder, "registry"), ...(url === undefined ? {} : { database: url }) };
  const location = url ?? join(where.data, "registry.db");
  try {
    const from = performance.now();
    await fillCatalog(location, { names, versions });
    console.error(`  ${database}: filled in ${((performance.now() - from) / 1000).toFixed(1)} s`);
    const args = [where.data, ...(url === undefined ? [] : [url])];
    return await withToken(where, (token) =>
      withServerProcess(new URL("server.mjs", import.meta.url), args, (ours) => measurePages({ database, ours, token, folder, requests })),
    );
  } finally {
    if (url !== undefined) await emptyCatalog(url, { names });
    await rm(folder, { recursive: true, force: true });
  }
}

async function withToken(where, use) {
  const tokens = await openRegistryTokens(where);
  try {
    const { token, info } = await tokens.create({ name: "bench", scope: "read" });
    return await use(token).finally(() => tokens.revoke(info.id));
  } finally {
    await tokens[Symbol.asyncDispose]();
  }
}

async function measurePages({ database, ours, token, folder, requests }) {
  const asked = [
    ...lists.flatMap(({ list, path }) =>
      sizes.map((count) => ({ list, count, path: `${path}count=${count}`, headers: { authorization: `Bearer ${token}` } })),
    ),
    ...(await pagesWithSession(ours, token)),
  ];
  const answers = [];
  const agent = new Agent({ keepAlive: true });
  for (const [index, { path, headers }] of asked.entries()) {
    const { body } = await fetched(agent, ours + path, headers);
    answers.push(body);
    await writeFile(join(folder, `answer-${index}`), body);
  }
  try {
    return await withServerProcess(new URL("plain-server.mjs", import.meta.url), [folder, String(asked.length)], async (plain) => {
      const rows = [];
      for (const [index, one] of asked.entries()) {
        const taken = { ours: [], plain: [] };
        for (let request = -10; request < requests; request += 1) {
          const turns = [
            ["ours", ours + one.path, one.headers],
            ["plain", `${plain}/${index}`, {}],
          ];
          for (const [side, url, headers] of request % 2 === 0 ? turns : turns.toReversed()) {
            const { ms, body } = await fetched(agent, url, headers);
            if (body.length !== answers[index].length) throw new Error(`${url} gives another answer than before: ${body.toString()}`);
            if (request >= 0) taken[side].push(ms);
          }
        }
        rows.push({
          database,
          list: one.list,
          rows: String(one.count),
          KB: answers[index].length / 1000,
          "median ms": median(taken.ours),
          "p99 ms": p99(taken.ours),
          "plain ms": median(taken.plain),
          "x plain": median(taken.ours.map((ms, at) => ms / taken.plain[at])),
        });
      }
      return rows;
    });
  } finally {
    agent.destroy();
  }
}

async function pagesWithSession(url, token) {
  const login = { method: "POST", redirect: "manual", headers: { origin: url }, body: new URLSearchParams({ token }) };
  const cookie = (await fetch(`${url}/login`, login)).headers.getSetCookie()[0]?.split(";")[0];
  if (cookie === undefined) throw new Error("the page lets nobody in");
  return pages.map(({ list, path }) => ({ list, count: 50, path, headers: { cookie } }));
}

function fetched(agent, url, headers) {
  return new Promise((resolve, reject) => {
    const from = performance.now();
    const request = get(url, { agent, headers }, (response) => {
      const pieces = [];
      response.on("data", (piece) => pieces.push(piece));
      response.on("error", reject);
      response.on("end", () => {
        const ms = performance.now() - from;
        const body = Buffer.concat(pieces);
        if (response.statusCode === 200) resolve({ ms, body });
        else reject(new Error(`${url} is answered with ${response.statusCode}: ${body.toString()}`));
      });
    });
    request.on("error", reject);
  });
}

function p99(values) {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1];
}
