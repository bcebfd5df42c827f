import { readFileSync } from 'node:fs';
import { LABEL_PASSWORD } from './factory.ts';
import { person, setUp } from './person.ts';

/** A person at the device itself: `node set-up-here.ts PORT CERTIFICATE_FILE`, run in the device's network namespace. */
const [port = '', certificate = ''] = process.argv.slice(2);
const answer = await setUp(person(Number(port), readFileSync(certificate, 'utf8')), LABEL_PASSWORD);
process.exitCode = answer.status === 200 ? 0 : 1;
