/**
 * What node is told about the heap of a broker. V8 lets a heap grow by a factor of what survived its last collection,
 * and counts buffers as part of it. A broker's objects are few and its buffers many: left alone, V8 takes every few
 * megabytes of records for the growth of a small heap and marks all of it again. With room to begin with it collects
 * far less often, at 3 MB more for an idle broker. Measured with bench/side-by-side: 128 and 256 MB gained nothing
 * over 64 and let garbage pile up for longer; 16 MB of semi-space gained nothing over 8 and cost 20 MB.
 *
 * The flags work only on node's command line, so bin/kafka-server-start and docker/Dockerfile repeat them.
 */
export const BROKER_HEAP_OPTIONS: readonly string[] = [
  '--initial-old-space-size=64',
  '--min-semi-space-size=8',
];
