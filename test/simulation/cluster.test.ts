import { expect, test } from '@jest/globals';
import { startCluster } from './cluster.ts';

test('the same seed gives the same cluster, fact for fact', async () => {
  const traces: (readonly string[])[] = [];
  for (let run = 0; run < 3; run++) {
    const lines: string[] = [];
    const { world } = await startCluster('1', { onTrace: (line) => lines.push(line) });
    await world.run(5000);
    traces.push(lines);
  }
  const [first, second, third] = traces;
  for (let i = 0; i < Math.max(second!.length, third!.length); i++)
    if (second![i] !== third![i]) {
      console.log(
        'diff 2/3 at',
        i,
        second!.slice(i - 3, i + 3).join('\n'),
        '\n---\n',
        third!.slice(i - 3, i + 3).join('\n'),
      );
      break;
    }
  for (let i = 0; i < Math.max(first!.length, second!.length); i++)
    if (first![i] !== second![i]) {
      console.log(
        'diff 1/2 at',
        i,
        first!.slice(i - 3, i + 3).join('\n'),
        '\n---\n',
        second!.slice(i - 3, i + 3).join('\n'),
      );
      break;
    }
  expect(first!.length).toBe(second!.length);
}, 60000);
