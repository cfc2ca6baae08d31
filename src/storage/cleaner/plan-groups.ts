/**
 * Which segments are written into one. Cleaning makes segments small, and a log of a thousand small files is slow to
 * open; so neighbours are put together as long as one segment could hold them all as they are now.
 */
export interface SegmentToGroup {
  readonly baseOffset: number;
  readonly sizeInBytes: number;
  readonly offsetIndexBytes: number;
  readonly timeIndexBytes: number;
}

export interface GroupLimits {
  readonly segmentBytes: number;
  readonly segmentIndexBytes: number;
  /** Behind the last segment of the pass. */
  readonly endOffset: number;
}

/** An index entry holds its offset as four bytes, counted from the segment's first. */
const OFFSET_SPAN_MAX = 0x7fff_ffff;

export function planGroups<T extends SegmentToGroup>(
  segments: readonly T[],
  { segmentBytes, segmentIndexBytes, endOffset }: GroupLimits,
): T[][] {
  const groups: T[][] = [];
  let sum = { sizeInBytes: 0, offsetIndexBytes: 0, timeIndexBytes: 0 };
  for (const [index, segment] of segments.entries()) {
    const group = groups.at(-1);
    const lastOffset = (segments[index + 1]?.baseOffset ?? endOffset) - 1;
    const fits =
      group !== undefined &&
      sum.sizeInBytes + segment.sizeInBytes <= segmentBytes &&
      sum.offsetIndexBytes + segment.offsetIndexBytes <= segmentIndexBytes &&
      sum.timeIndexBytes + segment.timeIndexBytes <= segmentIndexBytes &&
      // An empty one brings no offsets that would have to fit.
      (segment.sizeInBytes === 0 || lastOffset - group[0]!.baseOffset <= OFFSET_SPAN_MAX);
    if (fits) group.push(segment);
    else groups.push([segment]);
    const { sizeInBytes, offsetIndexBytes, timeIndexBytes } = segment;
    sum = fits
      ? {
          sizeInBytes: sum.sizeInBytes + sizeInBytes,
          offsetIndexBytes: sum.offsetIndexBytes + offsetIndexBytes,
          timeIndexBytes: sum.timeIndexBytes + timeIndexBytes,
        }
      : { sizeInBytes, offsetIndexBytes, timeIndexBytes };
  }
  return groups;
}
