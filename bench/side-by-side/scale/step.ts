/** One thing that happens to a working cluster and is measured; it leaves the cluster as whole as it was. */
import type { Row } from '../results.ts';
import type { WorkingCluster } from './working-cluster.ts';

export interface Measurement extends Pick<Row, 'name' | 'unit' | 'target'> {
  readonly value: number;
}

export interface Step {
  readonly title: (cluster: WorkingCluster) => string;
  readonly run: (cluster: WorkingCluster, round: number) => Promise<readonly Measurement[]>;
}

/** No worse than the original. */
export const NO_SLOWER = 1;
