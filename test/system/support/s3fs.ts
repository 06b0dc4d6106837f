import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { ensureEnvironment } from "./python.js";

const environment = fileURLToPath(new URL("../../../.cache/venv-s3fs-2026.9.0/", import.meta.url));
const requirements = fileURLToPath(new URL("../requirements-s3fs.txt", import.meta.url));

/** Installs what Python's fsspec needs for S3. @returns the folder to put into PYTHONPATH */
export async function ensureS3fs(): Promise<string> {
  await ensureEnvironment({ folder: environment, requirements, what: "s3fs", check: "import s3fs" });
  const [version] = await readdir(`${environment}lib`);
  return `${environment}lib/${version}/site-packages`;
}
