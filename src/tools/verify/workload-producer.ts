/**
 * A producer of the workload: idempotent if asked to be, with its sequences; it numbers its batches anew after anything
 * that leaves a sequence in doubt. It hands out offsets, which the producer of the tools does not.
 */
import type { TopicPartition } from '../../common/index.ts';
import { topicPartitionName } from '../../common/index.ts';
import {
  InitProducerIdRequest,
  InitProducerIdResponse,
} from '../../protocol/messages/22-init-producer-id.ts';
import { buildBatch, NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE } from '../../records/index.ts';
import type { RecordToBuild } from '../../records/index.ts';
import type { ClusterClient } from '../client/index.ts';
import { throwIf } from '../client/cluster-client.ts';
import { sendBatch, type SendOutcome } from './send-batch.ts';

export interface ProducerSettings {
  readonly acks: -1 | 0 | 1;
  readonly idempotent: boolean;
  readonly deliveryTimeoutMs: number;
}

export class WorkloadProducer {
  readonly #client: ClusterClient;
  readonly #settings: ProducerSettings;
  readonly #sequences = new Map<string, number>();
  #producerId = NO_PRODUCER_ID;
  #producerEpoch = NO_PRODUCER_EPOCH;

  constructor(client: ClusterClient, settings: ProducerSettings) {
    this.#client = client;
    this.#settings = settings;
  }

  async start(): Promise<void> {
    if (!this.#settings.idempotent) return;
    const api = { request: InitProducerIdRequest, response: InitProducerIdResponse };
    const { producerId, producerEpoch } = await this.#client.retry(async () => {
      const answer = await this.#client.toAny(api, {
        transactionalId: null,
        transactionTimeoutMs: 0x7fff_ffff,
      });
      throwIf(answer.errorCode);
      return answer;
    });
    this.begin(producerId, producerEpoch);
  }

  /** With the identity that somebody was given. */
  begin(producerId: number, producerEpoch: number): void {
    this.#producerId = producerId;
    this.#producerEpoch = producerEpoch;
    this.#sequences.clear();
  }

  send(
    to: TopicPartition,
    values: readonly number[],
    transactionalId: string | null = null,
  ): Promise<SendOutcome> {
    const records = values.map((value) => ({ value: Buffer.from(String(value)) }));
    return this.sendRecords(to, records, transactionalId);
  }

  async sendRecords(
    to: TopicPartition,
    records: readonly Omit<RecordToBuild, 'timestamp'>[],
    transactionalId: string | null = null,
  ): Promise<SendOutcome> {
    const hasSequence = this.#producerId !== NO_PRODUCER_ID;
    const name = topicPartitionName(to);
    const sequence = this.#sequences.get(name) ?? 0;
    const timestamp = this.#client.runtime.clock.wallMs();
    const bytes = buildBatch({
      records: records.map((record) => ({ ...record, timestamp })),
      producerId: this.#producerId,
      producerEpoch: this.#producerEpoch,
      baseSequence: hasSequence ? sequence : NO_SEQUENCE,
      isTransactional: transactionalId !== null,
    });
    const { acks, deliveryTimeoutMs: timeoutMs } = this.#settings;
    const outcome = await sendBatch(this.#client, {
      ...to,
      bytes,
      acks,
      transactionalId,
      hasSequence,
      timeoutMs,
    });
    // A batch that was refused has taken no number.
    if (outcome.kind === 'stored') this.#sequences.set(name, sequence + records.length);
    return outcome;
  }
}
