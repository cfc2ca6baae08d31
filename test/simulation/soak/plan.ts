/**
 * What a seed stands for: the faults of a run, round by round, drawn before anything happens, so that a run can be
 * played again with some of them left out. Within a round faults overlap; between rounds there is a rest, long enough
 * for recovery or not.
 *
 * A machine without power loses what was not synced, and Kafka leaves syncing to the system: it survives that one
 * machine of an in-sync set at a time. So a loss of power is a round of its own, which waits until every ISR is full.
 */
import { SeededRandom } from '../world/seeded-random.ts';
import { FAULT_KINDS, type FaultName } from './faults/index.ts';

export interface PlannedFault {
  readonly name: FaultName;
  /** From the round's beginning. */
  readonly afterMs: number;
  readonly durationMs: number;
  /** What the kind makes of it: numbers from 0 up to but without 1. */
  readonly draws: readonly number[];
}

export interface Round {
  /** Before it begins. */
  readonly restMs: number;
  readonly faults: readonly PlannedFault[];
}

export interface Plan {
  readonly seed: string;
  /** Operations of clients a second. */
  readonly rate: number;
  readonly rounds: readonly Round[];
  /** After the last round: everything must be whole again by its end. */
  readonly calmMs: number;
}

/** Faults and rests together, at least; the calm comes after. */
const FAULTY_MS = 8 * 60_000;
const CALM_MS = 2 * 60_000;
/** As few as keep everything busy: events are what a run costs. */
const RATE = 0.7;
const REST_MS = [500, 30_000] as const;
const FAULT_MS = [200, 25_000] as const;
const FAULTS_PER_ROUND_MAX = 3;
/** In every run; more come by chance. */
const KINDS_PER_RUN_MIN = 5;
/** How many draws a kind may use. */
const DRAWS = 4;

export function planOf(seed: string): Plan {
  const random = new SeededRandom(`${seed}/plan`);
  const rounds: Round[] = [];
  // Each kind comes once before chance decides, in an order of the seed's own.
  const due = shuffled(random, Object.keys(FAULT_KINDS) as FaultName[]);
  for (let totalMs = 0; totalMs < FAULTY_MS || due.length > FAULT_NAMES.length - KINDS_PER_RUN_MIN;) {
    const round = drawRound(random, due);
    rounds.push(round);
    totalMs += durationOf(round);
  }
  return { seed, rate: RATE, rounds, calmMs: CALM_MS };
}

const FAULT_NAMES = Object.keys(FAULT_KINDS) as FaultName[];

/** Rest and faults. */
function durationOf({ restMs, faults }: Round): number {
  return restMs + Math.max(0, ...faults.map(({ afterMs, durationMs }) => afterMs + durationMs));
}

/** One line a fault, as `--plan` prints it and a failure names it. */
export function describePlan({ rounds, calmMs }: Plan): string[] {
  const lines: string[] = [];
  let atMs = 0;
  for (const round of rounds) {
    atMs += round.restMs;
    for (const fault of round.faults)
      lines.push(`about ${seconds(atMs + fault.afterMs)}: ${describeFault(fault)}`);
    atMs += durationOf(round) - round.restMs;
  }
  return [...lines, `about ${seconds(atMs)}: calm for ${seconds(calmMs)}`];
}

export function describeFault({ name, durationMs, draws }: PlannedFault): string {
  return `${name} for ${seconds(durationMs)} (${draws.map((draw) => draw.toFixed(2)).join(' ')})`;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

function drawRound(random: SeededRandom, due: FaultName[]): Round {
  // Mostly short: the next fault comes before all is well again.
  const [restMin, restMax] = REST_MS;
  const restMs = Math.round(restMin + (restMax - restMin) * random.fraction() ** 2);
  const first = drawFault(random, due, 0);
  if (FAULT_KINDS[first.name].isAlone) return { restMs, faults: [first] };
  const faults = [first];
  const more = random.below(FAULTS_PER_ROUND_MAX);
  for (let index = 0; index < more; index++) {
    const fault = drawFault(random, due, random.below(Math.max(1, first.durationMs)));
    if (!FAULT_KINDS[fault.name].isAlone) faults.push(fault);
  }
  return { restMs, faults };
}

function drawFault(random: SeededRandom, due: FaultName[], afterMs: number): PlannedFault {
  const name = due.shift() ?? FAULT_NAMES[random.below(FAULT_NAMES.length)]!;
  const [min, max] = FAULT_MS;
  const durationMs = Math.round(min + (max - min) * random.fraction() ** 2);
  return { name, afterMs, durationMs, draws: Array.from({ length: DRAWS }, () => random.fraction()) };
}

function shuffled<T>(random: SeededRandom, values: readonly T[]): T[] {
  const left = [...values];
  const result: T[] = [];
  while (left.length > 0) result.push(...left.splice(random.below(left.length), 1));
  return result;
}
