import { DeviceFault } from '../driver/faults.ts';

export const damaged = (): DeviceFault =>
  new DeviceFault(
    'data-damaged',
    'Stored data was altered, or sealed by another device',
    'Restore the data folder, or make the device anew.',
  );
