/** One partition as this broker has it: its role, its ISR and its high watermark. Being written. */
export class Partition {
  readonly topic: string;
  readonly partition: number;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }
}
