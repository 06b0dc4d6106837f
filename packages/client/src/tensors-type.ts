/** Content type of bodies of safetensors. Core's own stands beside what reads them, which few clients need. */
export const tensorsType = "application/x-safetensors";
