/**
 * Where a broker's time went: self times from a .cpuprofile of V8, of the samples within a stretch of time, so that
 * start and warm-up do not blur what is looked at.
 */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  /** Microseconds of the machine's monotonic clock, as process.hrtime counts it. */
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface SelfTime {
  /** `name file:line` */
  readonly where: string;
  readonly micros: number;
}

/** Functions with the longest first. Time in which nothing was to do is left out. */
export function selfTimes(profile: CpuProfile, fromMicros: number, toMicros: number): SelfTime[] {
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, describe(callFrame)]));
  const micros = new Map<string, number>();
  let now = profile.startTime;
  for (const [index, id] of profile.samples.entries()) {
    now += profile.timeDeltas[index] ?? 0;
    if (now < fromMicros || now > toMicros) continue;
    // A sample stands for the time until the next one.
    const name = names.get(id) ?? '?';
    micros.set(name, (micros.get(name) ?? 0) + (profile.timeDeltas[index + 1] ?? 0));
  }
  micros.delete('(idle)');
  return [...micros].map(([where, spent]) => ({ where, micros: spent })).sort((a, b) => b.micros - a.micros);
}

function describe({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return name;
  const file = url.replace(/^.*\/(dist|node_modules)\//, '');
  return `${name} ${file}:${lineNumber + 1}`;
}
