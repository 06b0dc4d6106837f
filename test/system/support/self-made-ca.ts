import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "../../support/run-command.js";

/** Certificates for a server of this machine, by an authority that nobody else knows. Paths of PEM files. */
export interface SelfMadeCertificates {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** Makes an authority, and with it a certificate for `localhost`, `127.0.0.1`, and `0.0.0.0`, by which this machine is reached too. */
export async function makeCertificates(folder: string): Promise<SelfMadeCertificates> {
  const path = (name: string): string => join(folder, name);
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const authority = [...curve, "-keyout", path("ca.key"), "-out", path("ca.pem"), "-subj", "/CN=Authority of a test"];
  await runCommand("openssl", ["req", "-x509", ...authority]);
  await writeFile(path("names.txt"), "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:0.0.0.0\n");
  await runCommand("openssl", ["req", ...curve, "-keyout", path("server.key"), "-out", path("server.csr"), "-subj", "/CN=localhost"]);
  const signed = ["-CA", path("ca.pem"), "-CAkey", path("ca.key"), "-CAcreateserial", "-days", "2", "-extfile", path("names.txt")];
  await runCommand("openssl", ["x509", "-req", "-in", path("server.csr"), ...signed, "-out", path("server.pem")]);
  return { authority: path("ca.pem"), certificate: path("server.pem"), key: path("server.key") };
}
