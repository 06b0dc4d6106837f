import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** How many GPUs of AMD there are: nodes of the kernel's compute driver that compute. The others are processors. */
export async function amdGpus(root: string): Promise<number> {
  const folder = join(root, "sys/class/kfd/kfd/topology/nodes");
  const properties = await Promise.all((await entries(folder)).map((node) => text(join(folder, node, "properties"))));
  return properties.filter((lines) => Number(/^simd_count (\d+)/m.exec(lines)?.[1] ?? 0) > 0).length;
}

/** PCI's number for Intel. */
const intelVendor = "0x8086";
/** Where Intel's integrated graphics sit, which are no accelerators. */
const integratedSlot = /^PCI_SLOT_NAME=0000:00:02\.0$/m;

/** How many graphics cards of Intel there are. */
export async function intelGpus(root: string): Promise<number> {
  const folder = join(root, "sys/class/drm");
  const cards = (await entries(folder)).filter((name) => /^card\d+$/.test(name));
  const isDiscrete = async (card: string): Promise<boolean> =>
    (await text(join(folder, card, "device/vendor"))).trim() === intelVendor &&
    !integratedSlot.test(await text(join(folder, card, "device/uevent")));
  return (await Promise.all(cards.map(isDiscrete))).filter(Boolean).length;
}

/** What is not there is empty: a machine without such a driver. */
async function entries(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

async function text(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
