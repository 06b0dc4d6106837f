import { checkOptions, checkPositive, checkText, describe } from "./option-checks.js";
import { serviceInvalid } from "./service-invalid.js";
import type { ServiceSpec } from "./spec.js";

/** What `CUDA_VISIBLE_DEVICES` takes: an index, or the name of a GPU or of a slice of one. */
const devicePattern = /^(?:\d{1,4}|(?:GPU|MIG)-[A-Za-z0-9/-]{1,80})$/;

/** The option `resources`. */
export function resourcesOf(whose: string, value: unknown): ServiceSpec["resources"] {
  const { gpu, cpu, memory } = checkOptions(`${whose} under resources`, value ?? {}, ["gpu", "cpu", "memory"]);
  return Object.freeze({
    gpu: gpu === undefined ? undefined : checkGpu(whose, gpu),
    cpu: cpu === undefined || typeof cpu === "number" ? cpu : checkText(whose, "resources.cpu", cpu),
    memory: checkText(whose, "resources.memory", memory),
  });
}

/** Whole GPUs, or a part of one. */
function checkGpu(whose: string, value: unknown): number {
  const gpu = checkPositive(whose, "resources.gpu", value);
  if (gpu < 1 || Number.isInteger(gpu)) return gpu;
  throw serviceInvalid(`The resources.gpu of ${whose} is ${gpu}.`, "Give a whole number, or a part of one GPU such as 0.5.");
}

/** The option `workers`. */
export function workersOf(whose: string, value: unknown): ServiceSpec["workers"] {
  if (value === undefined || value === "cpu_count") return value;
  if (!Array.isArray(value)) return checkPositive(whose, "workers", value, true);
  if (value.length === 0) throw serviceInvalid(`The workers of ${whose} are an empty list.`, "Give one entry for each worker: [{ gpus: [0] }].");
  return Object.freeze(value.map((worker, index) => ({ gpus: devicesOf(whose, index, worker) })));
}

function devicesOf(whose: string, index: number, value: unknown): readonly string[] {
  const { gpus } = checkOptions(`${whose} under workers[${index}]`, value, ["gpus"]);
  if (!Array.isArray(gpus)) throw serviceInvalid(`The workers[${index}].gpus of ${whose} is ${describe(gpus)}.`, "Give a list: { gpus: [0] }.");
  const devices = gpus.map((gpu: unknown) => {
    const device = typeof gpu === "number" || typeof gpu === "string" ? String(gpu) : "";
    if (devicePattern.test(device)) return device;
    throw serviceInvalid(
      `The workers[${index}].gpus of ${whose} name ${describe(gpu)}.`,
      'Give indices such as 0, or names as `nvidia-smi -L` shows them: "GPU-...", "MIG-...".',
    );
  });
  return Object.freeze([...new Set(devices)]);
}
