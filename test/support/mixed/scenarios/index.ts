/** All scenarios, as one table. */
import type { LineUp } from '../mixed-brokers.ts';
import type { Scenario } from '../scenario.ts';
import { COORDINATORS } from './coordinators.ts';
import { COPYING } from './copying.ts';
import { FAULTS } from './faults.ts';
import { FETCH_FROM_FOLLOWER } from './fetch-from-follower.ts';
import { REASSIGNMENT } from './reassignment.ts';
import { REPLICATION } from './replication.ts';
import { ROLLING } from './rolling.ts';
import { SCALE } from './scale.ts';
import { THROTTLING } from './throttling.ts';
import { VERIFIABLE_CLIENTS } from './verifiable-clients.ts';
import { ZOMBIES } from './zombies.ts';
import { ZOOKEEPER } from './zookeeper.ts';

export const SCENARIOS: readonly Scenario[] = [
  ...REPLICATION,
  ...FAULTS,
  ...SCALE,
  ...REASSIGNMENT,
  ...FETCH_FROM_FOLLOWER,
  ...THROTTLING,
  ...ZOMBIES,
  ...ZOOKEEPER,
  ...VERIFIABLE_CLIENTS,
  ...COPYING,
  ...COORDINATORS,
  ...ROLLING,
];

/** The line-ups that a scenario is for when it names none. */
export const LINE_UPS: readonly LineUp[] = [
  { name: '3 Klassik', kinds: ['klassik', 'klassik', 'klassik'] },
  { name: '2 Klassik + 1 JVM', kinds: ['klassik', 'klassik', 'jvm'] },
  { name: '1 Klassik + 2 JVM', kinds: ['klassik', 'jvm', 'jvm'] },
];

/** The original alone: where the rolling replacement begins, and the proof of the other scenarios. */
export const ORIGINALS: LineUp = { name: '3 JVM', kinds: ['jvm', 'jvm', 'jvm'] };
