import { checkOptions, checkPositive, describe } from "./option-checks.js";
import { serviceInvalid } from "./service-invalid.js";
import type { ServiceSpec } from "./spec.js";

/** What `CUDA_VISIBLE_DEVICES` takes: an index, or the name of a GPU or of a slice of one. */
const devicePattern = /^(?:\d{1,4}|(?:GPU|MIG)-[A-Za-z0-9/-]{1,80})$/;

/** Cores as Kubernetes counts them: whole and broken numbers, and thousandths. */
const cpuPattern = /^\d+(?:\.\d+)?$|^\d+m$/;
/** Bytes as Kubernetes counts them. */
const memoryPattern = /^\d+(?:\.\d+)?(?:[kMGTPE]|[KMGTPE]i)?$/;

/** The option `resources`. */
export function resourcesOf(whose: string, value: unknown): ServiceSpec["resources"] {
  const { gpu, cpu, memory } = checkOptions(`${whose} under resources`, value ?? {}, ["gpu", "cpu", "memory"]);
  return Object.freeze({
    gpu: gpu === undefined ? undefined : checkGpu(whose, gpu),
    cpu: cpu === undefined ? undefined : checkCpu(whose, cpu),
    memory: memory === undefined ? undefined : checkMemory(whose, memory),
  });
}

/** Cores. None at all may be said, and is what a small service asks for. */
function checkCpu(whose: string, value: unknown): number | string {
  if (typeof value === "number" && value >= 0 && Number.isFinite(value)) return value;
  if (typeof value === "string" && cpuPattern.test(value)) return value;
  throw serviceInvalid(
    `The resources.cpu of ${whose} is ${describe(value)}.`,
    'Give a number of cores, or thousandths of one such as "500m".',
  );
}

function checkMemory(whose: string, value: unknown): string {
  if (typeof value === "string" && memoryPattern.test(value)) return value;
  throw serviceInvalid(`The resources.memory of ${whose} is ${describe(value)}.`, 'Give bytes with a unit: "512Mi", "4Gi".');
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
  if (value.length === 0)
    throw serviceInvalid(`The workers of ${whose} are an empty list.`, "Give one entry for each worker: [{ gpus: [0] }].");
  return Object.freeze(value.map((worker, index) => ({ gpus: devicesOf(whose, index, worker) })));
}

function devicesOf(whose: string, index: number, value: unknown): readonly string[] {
  const { gpus } = checkOptions(`${whose} under workers[${index}]`, value, ["gpus"]);
  if (!Array.isArray(gpus))
    throw serviceInvalid(`The workers[${index}].gpus of ${whose} is ${describe(gpus)}.`, "Give a list: { gpus: [0] }.");
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
