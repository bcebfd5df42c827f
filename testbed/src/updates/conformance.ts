#!/usr/bin/env node
import { runConformance } from './conformance-client.ts';

/** What the TUF project's conformance suite starts: see `conformance-client.ts`. */
const { code, stderr } = await runConformance(process.argv.slice(2));
process.stderr.write(stderr);
process.exitCode = code;
