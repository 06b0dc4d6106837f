// A process that downloads a model of the hub, to be killed: `download-from-hub.mjs ID OPTIONS`, options in JSON.
import { downloadSnapshot } from "@bento/registry/hub";

const [, , id, options] = process.argv;
const { commit } = await downloadSnapshot(id, JSON.parse(options));
process.stdout.write(commit);
