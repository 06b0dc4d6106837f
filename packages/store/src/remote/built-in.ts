import { registerRemote } from "./drivers.js";

/** The drivers of this package. Each loads its library with its first use. */
registerRemote("memory", async () => (await import("./memory/driver.js")).driver);
for (const scheme of ["http", "https"]) registerRemote(scheme, async () => (await import("./http/driver.js")).driver);
for (const scheme of ["s3", "s3a"]) registerRemote(scheme, async () => (await import("./s3/driver.js")).driver);
for (const scheme of ["ftp", "ftps"]) registerRemote(scheme, async () => (await import("./ftp/driver.js")).driver);
for (const scheme of ["sftp", "ssh"]) registerRemote(scheme, async () => (await import("./sftp/driver.js")).driver);
for (const scheme of ["webdav", "webdavs"]) registerRemote(scheme, async () => (await import("./webdav/driver.js")).driver);
for (const scheme of ["azblob", "az"]) registerRemote(scheme, async () => (await import("./azblob/driver.js")).driver);
for (const scheme of ["gs", "gcs"]) registerRemote(scheme, async () => (await import("./gs/driver.js")).driver);
registerRemote("hf", async () => (await import("./hf/driver.js")).driver);
