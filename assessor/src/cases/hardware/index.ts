import type { Case } from '../../model.ts';
import { debugInterfaces, physicalInterfaces } from './interfaces.ts';
import { selfTest } from './self-test.ts';
import { tamperDetection } from './tamper-detection.ts';

/** The hardware under the software, with the hands of a laboratory. */
export const HARDWARE_CASES: readonly Case[] = [debugInterfaces, physicalInterfaces, selfTest, tamperDetection];
