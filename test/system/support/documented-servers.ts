import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { exportModel, FileModelStore } from "@bento/store";
import { GcsServer } from "../../support/gcs-server.js";
import { HubServer } from "../../support/hub-server.js";
import { ApacheServer } from "./apache.js";
import { Azurite } from "./azurite.js";
import { NginxServer } from "./nginx.js";
import { OpenSshServer } from "./openssh.js";
import { Pyftpdlib } from "./pyftpdlib.js";
import { SeaweedServer, seaweedKeys } from "./seaweedfs.js";
import { Vsftpd, vsftpdPassword } from "./vsftpd.js";
import { webLogin } from "./web-daemon.js";

/** What the page says, and what stands for it on this machine. */
type Stands = readonly (readonly [documented: string, real: string])[];

/** A server for each place that `docs/remotes.md` names, and what its examples find around them. */
export class DocumentedServers implements AsyncDisposable {
  /** Where credentials are looked for, besides what the examples themselves say. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly #stands: Stands;
  readonly #servers: readonly AsyncDisposable[];

  private constructor(env: Readonly<Record<string, string | undefined>>, stands: Stands, servers: readonly AsyncDisposable[]) {
    this.env = env;
    this.#stands = stands;
    this.#servers = servers;
  }

  /** Starts all of them. @param folder where the examples run: gets the files that they name */
  static async start(folder: string): Promise<DocumentedServers> {
    const servers = await startAll();
    try {
      const { env, stands } = await furnish(folder, servers);
      return new DocumentedServers(env, stands, servers);
    } catch (error) {
      await end(servers);
      throw error;
    }
  }

  /** An example, with the places of this machine in it. */
  real(text: string): string {
    return this.#stands.reduce((so, [documented, real]) => so.replaceAll(documented, real), text);
  }

  /** What an example printed, with the places of the page in it. */
  documented(text: string): string {
    return this.#stands.reduce((so, [documented, real]) => so.replaceAll(real, documented), text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await end(this.#servers);
  }
}

type Servers = Awaited<ReturnType<typeof startAll>>;

/** One of each, all at the same time. Where one does not start, none is left. */
async function startAll() {
  const starting = [
    NginxServer.start(),
    ApacheServer.start(),
    // It opens eight ports, of which somebody else may take one that was free: then it ends at once.
    SeaweedServer.start().catch(() => SeaweedServer.start()),
    Pyftpdlib.start({ login: { user: "ada", password: vsftpdPassword } }),
    Vsftpd.start({ tls: "explicit" }),
    OpenSshServer.start(),
    Azurite.start(),
    GcsServer.start(),
    HubServer.start(),
  ] as const;
  const settled = await Promise.allSettled<AsyncDisposable>(starting);
  if (settled.some(({ status }) => status === "rejected"))
    await end(settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : [])));
  return Promise.all(starting);
}

async function end(servers: readonly AsyncDisposable[]): Promise<void> {
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
}

/** Puts there what the examples find: files, buckets, hosts that are known. */
async function furnish(folder: string, servers: Servers): Promise<{ readonly env: DocumentedServers["env"]; readonly stands: Stands }> {
  const [nginx, apache, bucket, ftp, ftps, ssh, azure, google, hub] = servers;
  const home = join(folder, "models");
  const store = new FileModelStore(home);
  await store.create("digits:v1", { labels: { team: "vision" } }, (draft) => draft.write("weights.bin", new Uint8Array(200_000)));
  await mkdir(join(nginx.files, "shelf"));
  await mkdir(join(folder, "local"));
  const zip = await exportModel("digits", join(nginx.files, "shelf", "digits.zip"), { store });
  hub.commit("ada/shelf", { "digits.zip": { content: await readFile(zip), lfs: true } });
  google.makeBucket("bento-models");
  await Promise.all([makeBucket(bucket), azure.makeContainer("models"), writeSshConfig(ssh)]);
  await copyFile(ftps.certificate, join(folder, "ca.pem"));
  await writeFile(join(folder, "ftp-password"), `${vsftpdPassword}\n`);
  await writeFile(join(folder, "dav-password"), `${webLogin.password}\n`);
  const authorities = await Promise.all([nginx.authority, apache.authority].map((file) => readFile(file, "utf8")));
  await writeFile(join(folder, "authorities.pem"), authorities.join("\n"));
  const env = {
    BENTOML_HOME: home,
    HOME: ssh.path("home"),
    SSH_AUTH_SOCK: undefined,
    NODE_EXTRA_CA_CERTS: join(folder, "authorities.pem"),
    AWS_ACCESS_KEY_ID: seaweedKeys.user,
    AWS_SECRET_ACCESS_KEY: seaweedKeys.password,
    AZURE_STORAGE_CONNECTION_STRING: `AccountName=${azure.account};AccountKey=${azure.key};BlobEndpoint=${azure.endpoint}`,
    STORAGE_EMULATOR_HOST: google.url,
    HF_ENDPOINT: hub.url,
    FTP_PASSWORD: vsftpdPassword,
    DAV_PASSWORD: webLogin.password,
  };
  const stands: Stands = [
    ["/tmp/bento-remotes", join(folder, "local")],
    ["https://models.example.com", `https://localhost:${nginx.securePort}`],
    ["https://s3.example.com", bucket.endpoint],
    ["ftp.example.com", `127.0.0.1:${ftp.port}`],
    ["ftps.example.com", `localhost:${ftps.port}`],
    ["/srv/models", ssh.path("data")],
    ["dav.example.com/models", `localhost:${apache.securePort}/basic`],
    ['"grace"', '"anonymous"'],
    ['"dora"', JSON.stringify(webLogin.user)],
    ["--user dora", `--user '${webLogin.user}'`],
  ];
  return { env, stands };
}

async function makeBucket({ endpoint }: SeaweedServer): Promise<void> {
  const credentials = { accessKeyId: seaweedKeys.user, secretAccessKey: seaweedKeys.password };
  const client = new S3Client({ endpoint, forcePathStyle: true, region: "us-east-1", credentials });
  await client.send(new CreateBucketCommand({ Bucket: "bento-models" }));
  client.destroy();
}

async function writeSshConfig(ssh: OpenSshServer): Promise<void> {
  const lines = [
    "Host models.example.com",
    "HostName 127.0.0.1",
    `Port ${ssh.port}`,
    `User ${ssh.user}`,
    `IdentityFile ${ssh.path("client")}`,
  ];
  await writeFile(ssh.path("home/.ssh/config"), `${lines.join("\n  ")}\n`);
  await writeFile(ssh.path("home/.ssh/known_hosts"), await ssh.knownHost());
}
