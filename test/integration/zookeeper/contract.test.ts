/** What Kafka relies on in ZooKeeper holds of the real one: the same sentences as for the simulated one. */
import { describeZooKeeper } from '../../support/zookeeper-contract/index.ts';
import { realPlace } from './real-place.ts';

describeZooKeeper('a real server', realPlace);
