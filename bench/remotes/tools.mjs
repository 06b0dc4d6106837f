// What one would take instead of ours, for each scheme: how it moves a file up, and down into a file.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const sdkClient = fileURLToPath(new URL("sdk-client.mjs", import.meta.url));

/** A program, from its start to its end. @returns milliseconds */
async function timed(file, args, { input, env = {} } = {}) {
  const started = performance.now();
  const running = promisify(execFile)(file, args, { env: { ...process.env, ...env }, maxBuffer: 2 ** 24 });
  running.child.stdin?.end(input);
  await running;
  return performance.now() - started;
}

/** The library in a process of its own, without the time that Node takes to start. */
async function byLibrary(kind, action, place, file) {
  const { stdout } = await promisify(execFile)(process.execPath, [sdkClient, kind, action, JSON.stringify(place), file]);
  const { ms, bytes } = JSON.parse(stdout);
  if (bytes !== place.size) throw new Error(`${kind} moved ${bytes} bytes of ${place.size}`);
  return ms;
}

function curl(urlOf, login = () => []) {
  const quiet = ["--silent", "--show-error", "--fail"];
  return {
    up: (at) => timed("curl", [...quiet, ...login(at), "--ftp-create-dirs", "--upload-file", at.file, urlOf(at)]),
    down: (at) => timed("curl", [...quiet, ...login(at), "--output", at.target, urlOf(at)]),
  };
}

const overHttp = curl(({ url }) => url.replace(/^webdav/, "http"));

function bucketOf({ url, options, size }) {
  const { user, password, params } = options;
  const { host, pathname } = new URL(url);
  const keys = { accessKeyId: user, secretAccessKey: password };
  return { endpoint: params.endpoint, region: params.region, ...keys, bucket: host, key: pathname.slice(1), size };
}

function rclone(at) {
  const { endpoint, region, accessKeyId, secretAccessKey, bucket, key } = bucketOf(at);
  const settings = { TYPE: "s3", PROVIDER: "Other", ENDPOINT: endpoint, REGION: region, ACCESS_KEY_ID: accessKeyId };
  const all = { ...settings, SECRET_ACCESS_KEY: secretAccessKey, FORCE_PATH_STYLE: "true", NO_CHECK_BUCKET: "true" };
  const env = Object.fromEntries(Object.entries(all).map(([name, value]) => [`RCLONE_CONFIG_BENCH_${name}`, value]));
  return {
    place: `bench:${bucket}/${key}`, // It fails with a bundle of certificates that is meant for others.
    options: { env: { ...env, RCLONE_CONFIG: "/dev/null", AWS_CA_BUNDLE: undefined } },
  };
}

function containerOf({ url, options, size }) {
  const { user: account, password: key, params } = options;
  // The library adds the account to the endpoint of the emulator by itself where it is missing; here it is there.
  return { endpoint: params.endpoint, account, key, container: new URL(url).host, path: new URL(url).pathname.slice(1), size };
}

function sftp({ url, options }, line) {
  const { hostname, port, pathname } = new URL(url);
  const settings = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"].flatMap((each) => ["-o", each]);
  const args = ["-q", "-b", "-", "-P", port, "-i", options.params.identityFile, ...settings, `${options.user}@${hostname}`];
  return timed("sftp", args, { input: `${line(pathname)}\n` });
}

/** By scheme: programs by name, and how much of their speed ours must have. */
export const tools = {
  http: { curl: { goal: 0.9, ...overHttp } },
  webdav: { curl: { goal: 0.9, ...overHttp } },
  ftp: { curl: { goal: 0.9, ...curl(({ url }) => url, ({ options }) => ["--user", `anonymous:${options.password}`]) } }, // prettier-ignore
  sftp: {
    sftp: {
      goal: 0.9,
      up: (at) => sftp(at, (path) => `put ${at.file} ${path}`),
      down: (at) => sftp(at, (path) => `get ${path} ${at.target}`),
    },
  },
  s3: {
    "AWS SDK, one stream": {
      goal: 0.9,
      up: (at) => byLibrary("s3", "up", bucketOf(at), at.file),
      down: (at) => byLibrary("s3", "down", bucketOf(at), at.target),
    },
    rclone: {
      goal: 0.9,
      up: (at) => timed("rclone", ["copyto", "--ignore-times", at.file, rclone(at).place], rclone(at).options),
      down: (at) => timed("rclone", ["copyto", rclone(at).place, at.target], rclone(at).options),
    },
  },
  azblob: {
    "Azure SDK": {
      goal: 0.9,
      up: (at) => byLibrary("azblob", "up", containerOf(at), at.file),
      down: (at) => byLibrary("azblob", "down", containerOf(at), at.target),
    },
  },
};
