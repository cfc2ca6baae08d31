/** What can go wrong in a simulated cluster, by name; see ../plan.ts for when. */
import { BROKER_FAULTS } from './broker-faults.ts';
import type { FaultKind } from './fault-kind.ts';
import { NETWORK_FAULTS } from './network-faults.ts';
import { ZOOKEEPER_FAULTS } from './zookeeper-faults.ts';
import { DISK_FAULTS } from './disk-faults.ts';

const KINDS = { ...BROKER_FAULTS, ...NETWORK_FAULTS, ...ZOOKEEPER_FAULTS, ...DISK_FAULTS };

export type FaultName = keyof typeof KINDS;

export const FAULT_KINDS: Readonly<Record<FaultName, FaultKind>> = KINDS;
export { Stage } from './stage.ts';
