/** How much room there is. */
export interface Quotas {
  /** Bytes of all parts together; absent: no limit. */
  readonly totalBytes?: number | undefined;
  /** Bytes of the files of one version; absent: no limit. */
  readonly versionBytes?: number | undefined;
}
