/** What a benchmark prints: a value beside a yardstick of the same run. */
export interface Measured {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly yardstick: string;
  readonly yardstickValue: number;
}
