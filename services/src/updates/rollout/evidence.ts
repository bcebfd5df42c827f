/**
 * How strongly the outcomes of a rollout speak, looked at as often as one likes.
 *
 * A confidence bound of textbooks holds for one look; a rollout is looked at after every report, and would be halted by
 * chance sooner or later. An e-value is a bet against a hypothesis that a fair world cannot win on average: by Ville's
 * inequality (1939) it ever reaches 1/alpha with a probability of at most alpha, at whatever moment one stops (Ramdas et
 * al., Game-Theoretic Statistics and Safe Anytime-Valid Inference, Statistical Science 38, 2023). Here it is a likelihood
 * ratio of Bernoulli outcomes (Wald 1945), averaged over a few alternatives, which leaves it one.
 */

/** Devices, and how many of them count against the hypothesis. */
export interface Outcomes {
  readonly devices: number;
  readonly failures: number;
}

/**
 * Evidence that more than `acceptable` (a share, 0 to 1) of devices fail. Every device that has begun counts, one whose
 * outcome is unknown as if it had worked: failures that come in sooner than successes make it no larger.
 */
export const againstRelease = ({ devices, failures }: Outcomes, acceptable: number): number =>
  average(
    WORSE.map((times) => Math.min(MOST, acceptable * times)),
    (share) => logRatio({ devices, failures }, share, acceptable),
  );

/**
 * Evidence that fewer than `tolerated` of devices fail. Every device that has begun counts, one whose outcome is unknown
 * as a failure: silence is never taken for success.
 */
export const forRelease = ({ devices, failures }: Outcomes, tolerated: number): number =>
  average(
    BETTER.map((part) => tolerated * part),
    (share) => logRatio({ devices, failures }, share, tolerated),
  );

/** Alternatives from a little worse to a release that fails nearly everywhere. */
const WORSE = [2, 4, 8, 16, 64, 1024];
const MOST = 0.95;
const BETTER = [0.5, 0.2, 0.05];

/** ln of P(outcomes | share) / P(outcomes | hypothesis). */
const logRatio = ({ devices, failures }: Outcomes, share: number, hypothesis: number): number =>
  failures * Math.log(share / hypothesis) + (devices - failures) * Math.log((1 - share) / (1 - hypothesis));

const average = (alternatives: readonly number[], logValue: (share: number) => number): number =>
  alternatives.reduce((sum, share) => sum + Math.exp(Math.min(logValue(share), LARGEST)), 0) / alternatives.length;
/** e^700 is near the end of doubles; more would say no more */
const LARGEST = 700;
