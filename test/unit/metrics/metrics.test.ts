import { describe, expect, test } from '@jest/globals';
import { Metrics, prometheusText, registerEventLoopMetrics } from '../../../src/metrics/index.ts';

function metricsAt(start = 0) {
  const time = { nowMs: start };
  const metrics = new Metrics({ wallMs: () => time.nowMs, monotonicMs: () => time.nowMs });
  return { time, metrics };
}

describe('the registry', () => {
  test('gives the same instrument for the same name and tags, and another for other tags', () => {
    const { metrics } = metricsAt();
    const name = 'kafka.server:type=BrokerTopicMetrics,name=MessagesInPerSec';
    expect(metrics.meter(name, { topic: 'orders' })).toBe(metrics.meter(name, { topic: 'orders' }));
    expect(metrics.meter(name, { topic: 'orders' })).not.toBe(metrics.meter(name));
    expect(metrics.size).toBe(2);
  });

  test('refuses to give a name out as another kind', () => {
    const { metrics } = metricsAt();
    metrics.counter('kafka.server:type=A,name=B');
    expect(() => metrics.meter('kafka.server:type=A,name=B')).toThrow('another kind');
  });

  test('spells MBeans as JMX does, quoting what JMX would not take', () => {
    const { metrics } = metricsAt();
    metrics.gauge('kafka.log:type=Log,name=Size', () => 1, { topic: 'orders', partition: 3 });
    metrics.gauge('kafka.server:type=Fetch', () => 1, { 'client-id': 'a,b="c"' });
    expect(metrics.snapshot().map(({ name }) => name.mbean)).toEqual([
      'kafka.log:type=Log,name=Size,topic=orders,partition=3',
      'kafka.server:type=Fetch,client-id="a,b=\\"c\\""',
    ]);
  });

  test('leaves out a gauge that throws', () => {
    const { metrics } = metricsAt();
    metrics.gauge('kafka.server:type=A,name=Broken', () => {
      throw new Error('gone');
    });
    metrics.gauge('kafka.server:type=A,name=Fine', () => 7);
    expect(metrics.snapshot().map(({ attributes }) => attributes)).toEqual([{ Value: 7 }]);
  });

  test('has a gauge for each of the things there are when somebody looks, and keeps none', () => {
    const { metrics } = metricsAt();
    const lags = new Map([['a', 3]]);
    metrics.gaugeForEach(
      'kafka.server:type=L,name=Lag',
      () => lags,
      ([topic]) => ({ topic }),
      ([, lag]) => lag,
    );
    const seen = (): [string, number | undefined][] =>
      metrics.snapshot().map(({ name, attributes }) => [name.mbean, attributes['Value']]);
    expect(seen()).toEqual([['kafka.server:type=L,name=Lag,topic=a', 3]]);
    lags.set('b', 5).delete('a');
    expect(seen()).toEqual([['kafka.server:type=L,name=Lag,topic=b', 5]]);
    expect(prometheusText(metrics)).toContain('kafka_server_l_lag{topic="b"} 5');
    expect(metrics.size).toBe(0);
  });

  test('forgets a metric that is removed', () => {
    const { metrics } = metricsAt();
    metrics.counter('kafka.server:type=A,name=B', { topic: 't' }).increment();
    expect(metrics.remove('kafka.server:type=A,name=B', { topic: 't' })).toBe(true);
    expect(metrics.get('kafka.server:type=A,name=B', { topic: 't' })).toBeUndefined();
  });
});

describe('instruments', () => {
  test('a meter tells the rate of the latest minute and fades when nothing happens', () => {
    const { metrics, time } = metricsAt();
    const meter = metrics.meter('kafka.server:type=A,name=EventsPerSec');
    for (let second = 0; second < 60; second++) {
      meter.mark(10);
      time.nowMs += 1000;
    }
    expect(meter.count).toBe(600);
    expect(meter.meanRate).toBe(10);
    expect(meter.oneMinuteRate).toBeCloseTo(10, 5);
    time.nowMs += 600_000;
    expect(meter.oneMinuteRate).toBeLessThan(0.001);
    expect(meter.fifteenMinuteRate).toBeGreaterThan(1);
  });

  test('a histogram tells quantiles of the latest values and the sum of all', () => {
    const { metrics } = metricsAt();
    const histogram = metrics.histogram('kafka.network:type=RequestMetrics,name=TotalTimeMs', {
      request: 'Fetch',
    });
    for (let value = 1; value <= 1000; value++) histogram.update(value);
    const { count, sum, min, max, mean } = histogram.distribution;
    expect({ count, sum, min, max, mean }).toEqual({
      count: 1000,
      sum: 500_500,
      min: 1,
      max: 1000,
      mean: 500.5,
    });
    expect(histogram.distribution.quantile(0.5)).toBeCloseTo(500.5);
    expect(histogram.distribution.quantile(0.999)).toBeCloseTo(999.999);
    for (let more = 0; more < 2000; more++) histogram.update(5);
    expect(histogram.distribution.quantile(0.99)).toBe(5);
    expect(histogram.count).toBe(3000);
  });

  test('an empty histogram shows zeros', () => {
    const { metrics } = metricsAt();
    const { min, max, mean } = metrics.histogram('kafka.server:type=A,name=B').distribution;
    expect([min, max, mean]).toEqual([0, 0, 0]);
  });
});

test('the idleness of the one event loop stands under all the names that Kafka has for it', () => {
  const measures = {
    delayMs: () => 0,
    longestSliceMs: 0,
    garbageCollectionMs: 0,
    longestGarbageCollectionMs: 0,
    idleShare: () => 0.75,
  };
  const idleOf = (hasControlPlane: boolean): Record<string, unknown> => {
    const { metrics } = metricsAt();
    registerEventLoopMetrics(metrics, measures, { hasControlPlane });
    const names = [
      'kafka.server:type=KafkaRequestHandlerPool,name=RequestHandlerAvgIdlePercent',
      'kafka.server:type=KafkaRequestHandlerPool,name=ControlPlaneRequestHandlerAvgIdlePercent',
      'kafka.network:type=SocketServer,name=NetworkProcessorAvgIdlePercent',
      'kafka.network:type=SocketServer,name=ControlPlaneNetworkProcessorAvgIdlePercent',
    ];
    return Object.fromEntries(
      names.map((name) => [
        name.replace(/.*name=/, ''),
        (metrics.get(name) as { value?: number } | undefined)?.value,
      ]),
    );
  };
  expect(idleOf(true)).toEqual({
    RequestHandlerAvgIdlePercent: 0.75,
    ControlPlaneRequestHandlerAvgIdlePercent: 0.75,
    NetworkProcessorAvgIdlePercent: 0.75,
    ControlPlaneNetworkProcessorAvgIdlePercent: 0.75,
  });
  expect(idleOf(false)).toEqual({
    RequestHandlerAvgIdlePercent: 0.75,
    ControlPlaneRequestHandlerAvgIdlePercent: undefined,
    NetworkProcessorAvgIdlePercent: 0.75,
    ControlPlaneNetworkProcessorAvgIdlePercent: Number.NaN,
  });
});

test('Prometheus text uses the names of the JMX exporter, so that dashboards for Kafka fit', () => {
  const { metrics } = metricsAt();
  metrics.meter('kafka.server:type=BrokerTopicMetrics,name=MessagesInPerSec', { topic: 'a"b\\c' }).mark(5);
  metrics.gauge('kafka.server:type=ReplicaManager,name=UnderReplicatedPartitions', () => 2);
  metrics.histogram('kafka.network:type=RequestMetrics,name=TotalTimeMs', { request: 'Fetch' }).update(4);
  metrics.gauge('kafka.server:type=socket-server-metrics#connection-count', () => 1, {
    listener: 'PLAINTEXT',
  });
  expect(prometheusText(metrics).split('\n')).toEqual([
    '# TYPE kafka_server_brokertopicmetrics_messagesin_total counter',
    'kafka_server_brokertopicmetrics_messagesin_total{topic="a\\"b\\\\c"} 5',
    '# TYPE kafka_server_replicamanager_underreplicatedpartitions gauge',
    'kafka_server_replicamanager_underreplicatedpartitions 2',
    '# TYPE kafka_network_requestmetrics_totaltimems summary',
    ...[0.5, 0.75, 0.95, 0.98, 0.99, 0.999].map(
      (quantile) => `kafka_network_requestmetrics_totaltimems{request="Fetch",quantile="${quantile}"} 4`,
    ),
    'kafka_network_requestmetrics_totaltimems_count{request="Fetch"} 1',
    'kafka_network_requestmetrics_totaltimems_sum{request="Fetch"} 4',
    '# TYPE kafka_server_socket_server_metrics_connection_count gauge',
    'kafka_server_socket_server_metrics_connection_count{listener="PLAINTEXT"} 1',
    '',
  ]);
});
