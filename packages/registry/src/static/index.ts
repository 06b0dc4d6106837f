export { type ExportedItem, exportStatic, type ExportStaticOptions, type StaticExport } from "./export-static.js";
