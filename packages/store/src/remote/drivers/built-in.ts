import type { RemoteDriver } from "../remote.js";

/** Loads what speaks a protocol: nothing of it is loaded before its first use. */
export type LoadDriver = () => Promise<RemoteDriver>;

const http: LoadDriver = async () => (await import("./http/driver.js")).driver;
const s3: LoadDriver = async () => (await import("./s3/driver.js")).driver;
const ftp: LoadDriver = async () => (await import("./ftp/driver.js")).driver;
const sftp: LoadDriver = async () => (await import("./sftp/driver.js")).driver;
const webdav: LoadDriver = async () => (await import("./webdav/driver.js")).driver;
const azblob: LoadDriver = async () => (await import("./azblob/driver.js")).driver;
const gs: LoadDriver = async () => (await import("./gs/driver.js")).driver;

/**
 * The drivers of this package, by scheme. Each loads its library with its first use.
 * @source fsspec registry.py, which Python BentoML's URLs are made of: the aliases
 */
export const builtIn: ReadonlyMap<string, LoadDriver> = new Map([
  ["file", async () => (await import("./file/driver.js")).driver],
  ["memory", async () => (await import("./memory/driver.js")).driver],
  ["http", http],
  ["https", http],
  ["s3", s3],
  ["s3a", s3],
  ["ftp", ftp],
  ["ftps", ftp],
  ["sftp", sftp],
  ["ssh", sftp],
  ["webdav", webdav],
  ["webdavs", webdav],
  ["azblob", azblob],
  ["az", azblob],
  ["gs", gs],
  ["gcs", gs],
  ["hf", async () => (await import("./hf/driver.js")).driver],
]);
