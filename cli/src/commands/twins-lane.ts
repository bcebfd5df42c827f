/** A lane of `hearthward twins`: a process with a line of its own for the hub. */
import declaration from '@hearthward/example-hub';
import { hub as product } from '@hearthward/example-hub/hub';
import { serveLane } from '@hearthward/testbed';

await serveLane({ declaration, product });
