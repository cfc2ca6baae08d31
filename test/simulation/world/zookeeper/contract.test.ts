/** What Kafka relies on in ZooKeeper holds of the simulated one, alone and as an ensemble. */
import { describeZooKeeper } from '../../../support/zookeeper-contract/index.ts';
import { simulatedPlace } from './place.ts';

describeZooKeeper('one simulated server', () => simulatedPlace('contract', 1));
describeZooKeeper('three simulated servers', () => simulatedPlace('contract', 3));
