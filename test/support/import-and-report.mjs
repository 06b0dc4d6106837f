// Imports the package named on the command line and prints as JSON what that loaded.
import { createRequire, register } from "node:module";
import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";

// Runs in the thread of Node's module hooks, which holds what it sent before the import goes on.
const hooks = `
  let port;
  export const initialize = (data) => { port = data.port; };
  export async function resolve(specifier, context, next) {
    const found = await next(specifier, context);
    port.postMessage({ url: found.url, from: context.parentURL });
    return found;
  }
`;

const [name] = process.argv.slice(2);
const { port1, port2 } = new MessageChannel();
register(`data:text/javascript,${encodeURIComponent(hooks)}`, { data: { port: port2 }, transferList: [port2] });

await import(name);

const seen = [];
for (let next = receiveMessageOnPort(port1); next; next = receiveMessageOnPort(port1)) seen.push(next.message);
port1.close();

/** The npm name of the package that a file belongs to; nothing for modules of Node and for this script. */
function packageOf(file = "") {
  const ours = /\/packages\/([^/]+)\/dist\//.exec(file)?.[1];
  return ours ? `@bento/${ours}` : /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];
}

const byName = (a, b) => (a < b ? -1 : 1);
const unique = (items) => [...new Set(items)].toSorted(byName);
const files = [...seen.map(({ url }) => url), ...Object.keys(createRequire(import.meta.url).cache)];
const builtins = seen.filter(({ url, from }) => url.startsWith("node:") && packageOf(from)?.startsWith("@bento/"));
process.stdout.write(
  JSON.stringify({
    packages: unique(files.map(packageOf).filter(Boolean)),
    builtins: unique(builtins.map(({ url }) => url)),
    native: unique(files.filter((file) => file.endsWith(".node"))),
    files: new Set(files.filter((file) => packageOf(file))).size,
  }),
);
