"""librdkafka, through confluent-kafka, against a cluster: the whole life of a topic, once per codec (see the README).

    conformance_client.py BOOTSTRAP RECORDS CODEC,CODEC,...

Each line on standard output is one result as JSON. Any exception ends the program with its trace.
"""

import json
import sys
import time
import uuid

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka import ConsumerGroupTopicPartitions
from confluent_kafka.admin import AdminClient, NewTopic

STEP_TIMEOUT_S = 60
POLL_S = 0.1


def value_of(number):
    return f"{number} " + "abcdefghij" * 8


def wait_for(what, condition):
    deadline = time.monotonic() + STEP_TIMEOUT_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"did not come: {what}")
        time.sleep(0.01)


class Seen:
    """Which of the numbered records have come, and whether each partition gave them in the order they were sent."""

    def __init__(self, count):
        self.count = count
        self.numbers = set()
        self.records = 0
        self.duplicates = 0
        self.reordered = 0
        self.last_of_partition = {}

    def add(self, message):
        value = message.value().decode()
        number = int(value[: value.index(" ")])
        if value != value_of(number) or message.key().decode() != f"key-{number}":
            raise ValueError(f"not what was sent: {value}")
        self.records += 1
        self.duplicates += number in self.numbers
        self.numbers.add(number)
        self.reordered += self.last_of_partition.get(message.partition(), -1) >= number
        self.last_of_partition[message.partition()] = number

    @property
    def missing(self):
        return self.count - len(self.numbers)


def in_sync(admin, topic):
    metadata = admin.list_topics(topic=topic, timeout=10).topics[topic]
    partitions = metadata.partitions.values()
    return len(partitions) == 3 and all(p.leader >= 0 and len(p.isrs) == 3 for p in partitions)


def produce(bootstrap, topic, count, codec):
    failed = []
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "acks": "all",
            "enable.idempotence": True,
            "compression.type": codec,
            "linger.ms": 5,
        }
    )
    for number in range(count):
        producer.produce(
            topic,
            key=f"key-{number}",
            value=value_of(number),
            on_delivery=lambda error, _: failed.append(error) if error else None,
        )
        producer.poll(0)
    unanswered = producer.flush(STEP_TIMEOUT_S)
    if failed or unanswered:
        raise RuntimeError(f"{len(failed)} not produced, {unanswered} unanswered: {failed[:1]}")


def members_of(bootstrap, topic, group):
    members = []
    for _ in range(2):
        member = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": group,
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "heartbeat.interval.ms": 200,
                "fetch.wait.max.ms": 100,
            }
        )
        member.subscribe([topic])
        members.append(member)
    return members


def consume(member, seen):
    """What was polled is counted and committed before anything else, so a rebalance in between repeats nothing."""
    following = {}
    for message in member.consume(300, POLL_S):
        if message.error():
            # The broker asked does not know the new topic yet: librdkafka says so and goes on asking.
            if message.error().code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                continue
            raise KafkaException(message.error())
        seen.add(message)
        following[(message.topic(), message.partition())] = message.offset() + 1
    if following:
        offsets = [TopicPartition(topic, partition, offset) for (topic, partition), offset in following.items()]
        member.commit(offsets=offsets, asynchronous=False)


def consume_in_turn(members, seen, until):
    for member in members:
        if seen.records < until:
            consume(member, seen)
    return seen.records >= until


def all_assigned(members):
    return all(member.assignment() for member in members)


def story(bootstrap, codec, count):
    topic = f"librdkafka-{codec}-{uuid.uuid4()}"
    group = f"{topic}-group"
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(topic, 3, 3)])[topic].result()
    wait_for(f"all replicas of {topic} in sync", lambda: in_sync(admin, topic))

    seen = Seen(count)
    members = members_of(bootstrap, topic, group)

    def joined():
        for member in members:
            consume(member, seen)
        return all_assigned(members)

    wait_for("two members with partitions", joined)
    produce(bootstrap, topic, count, codec)
    wait_for("half of the records", lambda: consume_in_turn(members, seen, count // 2))
    for member in members:
        member.close()
    first = seen.records

    restarted = members_of(bootstrap, topic, group)

    def finished():
        consume_in_turn(restarted, seen, count)
        if seen.records < count:
            return False
        for member in restarted:
            consume(member, seen)
        return all_assigned(restarted)

    wait_for("the other half", finished)
    for member in restarted * 5:
        consume(member, seen)
    for member in restarted:
        member.close()

    request = [ConsumerGroupTopicPartitions(group)]
    offsets = admin.list_consumer_group_offsets(request)[group].result().topic_partitions
    admin.delete_consumer_groups([group])[group].result()
    admin.delete_topics([topic])[topic].result()
    wait_for(f"{topic} gone", lambda: topic not in admin.list_topics(timeout=10).topics)
    return {
        "codec": codec,
        "first": first,
        "records": seen.records,
        "missing": seen.missing,
        "duplicates": seen.duplicates,
        "reordered": seen.reordered,
        "committed": sum(partition.offset for partition in offsets),
        "deleted": True,
    }


def main():
    bootstrap, count, codecs = sys.argv[1:]
    for codec in codecs.split(","):
        print(json.dumps(story(bootstrap, codec, int(count))), flush=True)


main()
