/** An entry of ListObjectVersions. */
export interface ListedVersion {
  readonly id: string;
  readonly at: Date;
  readonly size: number;
  readonly removed: boolean;
  readonly isLatest: boolean;
}

/**
 * The versions and delete markers of one key, newest first. S3 lists both in order, but as two lists, and dates them to the
 * second: of the same second the one follows that is of the other kind, since a removal lies between two writes that made anew.
 */
export function newestFirst(entries: readonly ListedVersion[]): ListedVersion[] {
  const versions = entries.filter(({ removed }) => !removed);
  const markers = entries.filter(({ removed }) => removed);
  const sorted: ListedVersion[] = [];
  for (;;) {
    const [version] = versions;
    const [marker] = markers;
    if (version === undefined || marker === undefined) return [...sorted, ...versions, ...markers];
    const next = isMarkerNext(version, marker, sorted.at(-1)) ? markers.shift() : versions.shift();
    if (next !== undefined) sorted.push(next);
  }
}

function isMarkerNext(version: ListedVersion, marker: ListedVersion, previous: ListedVersion | undefined): boolean {
  if (marker.isLatest !== version.isLatest) return marker.isLatest;
  const difference = marker.at.getTime() - version.at.getTime();
  return difference === 0 ? previous?.removed === false : difference > 0;
}
