// Models enough for a long list, put into a registry's database without any files: a list looks at none.
const modules = new URL("../../packages/registry-server/dist/", import.meta.url);
const { openDatabase } = await import(new URL("database/open-database.js", modules).href);
const { createCatalog } = await import(new URL("catalog/create-catalog.js", modules).href);

const teams = ["vision", "speech", "language", "ranking"];
const minuteMs = 60_000;

/** In few transactions: a commit for each would take the disk a minute. */
export async function fillCatalog(location, { names, versions }) {
  const database = await openDatabase(location);
  try {
    if ((await createCatalog(database).repositories("model", { count: 1 })).total > 0) {
      throw new Error("The database of this benchmark holds models already: name an empty one.");
    }
    // One version of every name, then the next of each: what is newest is of many names.
    for (let version = 0; version < versions; version += 1) {
      await database.transaction(async (queries) => {
        const catalog = createCatalog({
          ...queriesOf(queries),
          kind: database.kind,
          transaction: (work) => work(queries),
          close: async () => {},
        });
        for (let name = 0; name < names; name += 1) await addModel(catalog, name, version);
      });
      // What a server of PostgreSQL does by itself, every minute.
      if (database.kind === "postgres") await database.run("VACUUM ANALYZE");
    }
  } finally {
    await database.close();
  }
}

export async function emptyCatalog(location, { names }) {
  const database = await openDatabase(location);
  try {
    const catalog = createCatalog(database);
    for (let name = 0; name < names; name += 1) await catalog.deleteRepository("model", nameOf(name));
  } finally {
    await database.close();
  }
}

function queriesOf(queries) {
  return {
    all: (sql, ...values) => queries.all(sql, ...values),
    get: (sql, ...values) => queries.get(sql, ...values),
    run: (sql, ...values) => queries.run(sql, ...values),
  };
}

async function addModel(catalog, name, version) {
  const tag = ["model", nameOf(name), `v${version}`];
  await catalog.createVersion(...tag, aboutOf(name, version));
  await catalog.updateUpload(...tag, { uploadStatus: "success" });
}

function nameOf(name) {
  return `model-${String(name).padStart(4, "0")}`;
}

/** Some two kilobytes, as of a model that a pipeline made. */
function aboutOf(name, version) {
  const number = name * 10 + version;
  const kind = number % 3 === 0 ? "quantized" : "distilled";
  return {
    description: `A ${kind} model of the nightly pipeline, trained on everything that came in until the evening before and compared with the one that is served: see run ${number} for its curves.`,
    labels: [
      { key: "team", value: teams[name % teams.length] },
      { key: "stage", value: version === 0 ? "prod" : "dev" },
      { key: "run", value: `run-${nameOf(name).slice(6)}-${version}` },
    ],
    manifest: {
      module: "onnx",
      api_version: "v1",
      bentoml_version: "1.4.39",
      size_bytes: 100_000_000 + number,
      metadata: {
        accuracy: 0.9 + number / 1e6,
        dataset: { uri: `s3://datasets/nightly/${number}`, rows: 1_000_000 + number },
        classes: Array.from({ length: 40 }, (_, each) => `class ${each} of ${name}`),
        curve: Array.from({ length: 40 }, (_, step) => 1 / (step + 1 + number / 1e5)),
      },
      context: {
        framework_name: "onnx",
        framework_versions: { onnx: "1.20.1", onnxruntime: "1.27.0" },
        bentoml_version: "1.4.39",
        python_version: "3.11.7",
      },
      signatures: { run: { batchable: true, batch_dim: [0, 0] } },
      options: { providers: ["CPUExecutionProvider"] },
    },
    buildAt: new Date(Date.UTC(2026, 0, 1) + (version * 1000 + name) * minuteMs).toISOString(),
  };
}
