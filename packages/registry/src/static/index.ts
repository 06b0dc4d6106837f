export { exportStatic, type ExportStaticOptions, type StaticExport } from "./export-static.js";
