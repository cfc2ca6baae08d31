/** One kind of fault: how it begins, and what ends it. */
import type { Stage } from './stage.ts';

export interface FaultKind {
  readonly about: string;
  /** Nothing else may be wrong meanwhile, before it or until all is whole again. */
  readonly isAlone?: boolean;
  /**
   * Begins the fault and gives what ends it. `draws`: numbers from 0 up to but without 1, which choose whom it hits.
   * Undefined: it has no target just now.
   */
  readonly begin: (
    stage: Stage,
    draws: readonly number[],
  ) => (() => Promise<void> | void) | undefined | Promise<(() => Promise<void> | void) | undefined>;
}
