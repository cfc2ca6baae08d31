/**
 * A broker of one kind takes the seat of the other: the same broker id, the same log dirs, the same ZooKeeper. What the
 * one left, stopped in order or killed, is given to both kinds on copies, and the other must make of it what its own
 * kind makes of it: the same files byte for byte, the same words about them, every record served. One story from top to
 * bottom; `npm run test:swap` tells a longer one.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { describeNeeding, KAFKA_JARS } from '../support/conformance/requirements.ts';
import { conformanceFolder, removeFolder } from '../support/conformance/test-cluster.ts';
import { dumpBoth } from '../support/swap/dump-logs.ts';
import { SwapClient } from '../support/swap/swap-client.ts';
import { SwapHistory } from '../support/swap/swap-history.ts';
import { hop } from '../support/swap/swap-hop.ts';
import { SwapSeat } from '../support/swap/swap-seat.ts';

jest.setTimeout(180_000);

describeNeeding(KAFKA_JARS, 'one log dir, brokers of both kinds', (libraries) => {
  let dir: string;
  let seat: SwapSeat;
  let client: SwapClient;
  let history: SwapHistory;

  beforeAll(async () => {
    dir = await conformanceFolder();
    seat = await SwapSeat.create({ dir, libraries });
    await seat.start('jvm');
    client = await SwapClient.start(libraries, seat.bootstrap);
    history = new SwapHistory(client, Date.now());
    await history.write('jvm');
  });

  afterAll(async () => {
    await client.close();
    await seat.close();
    await removeFolder(dir);
  });

  test('the original stopped: Klassik finds and leaves what the original would, and serves every record', async () => {
    const result = await hop(seat, client, 'left-by-jvm', { from: 'jvm', ending: 'clean', to: 'klassik' });
    expect(result.findings).toEqual([]);
    expect(result.recordsServed).toBeGreaterThan(6000);
    expect(result.segmentsRecovered).toBe(0);
  });

  test('Klassik, which wrote on, was killed: so does the original', async () => {
    await history.write('klassik');
    const result = await hop(seat, client, 'left-by-klassik', {
      from: 'klassik',
      ending: 'kill',
      to: 'jvm',
    });
    expect(result.findings).toEqual([]);
    expect(result.recordsServed).toBeGreaterThan(11_000);
    expect(result.segmentsRecovered).toBeGreaterThan(15);
  });

  test('the dump tools of both print the same of all files, after the original wrote on', async () => {
    await history.write('jvm');
    await seat.end('clean');
    const { differing, files } = await dumpBoth(libraries, seat.logDirs);
    expect(differing).toEqual([]);
    expect(files).toBeGreaterThan(150);
  });
});
