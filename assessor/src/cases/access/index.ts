import type { Case } from '../../model.ts';
import { certificateAuthentication } from './certificates/certificate-authentication.ts';
import { certificateLifecycle } from './certificates/certificate-lifecycle.ts';
import { certificateRenewal } from './certificates/renews-in-time.ts';
import { deviceIdentityUnique } from './certificates/device-identity-unique.ts';
import { mutualAuthentication } from './certificates/mutual-authentication.ts';
import { accessAuthentication } from './functions/access-authentication.ts';
import { changeAuthentication } from './functions/change-authentication.ts';
import { bruteForce } from './logins/brute-force.ts';
import { authenticationCryptography } from './logins/cryptography.ts';
import { authenticationErrorUniformity } from './logins/error-uniformity.ts';
import { authenticationValueChange } from './logins/value-change.ts';
import { logProtection } from './logs/log-protection.ts';
import { logTimestamps } from './logs/log-timestamps.ts';
import { securityLogging } from './logs/security-logging.ts';
import { passwordChangeForced } from './passwords/change-forced.ts';
import { passwordGeneration } from './passwords/generation.ts';
import { passwordMasking } from './passwords/masking.ts';
import { passwordStrength } from './passwords/strength.ts';
import { passwordUnique } from './passwords/unique.ts';
import { accountManagement } from './accounts/account-management.ts';
import { leastPrivilegeAccounts } from './accounts/least-privilege.ts';
import { administratorConcurrency } from './sessions/concurrency.ts';
import { sessionIdentifiers } from './sessions/identifiers.ts';
import { sessionTimeout } from './sessions/timeout.ts';

/**
 * Who may come in, and how. They run in this order within their effect: what uses up failed logins comes late, and
 * `brute-force`, which leaves the account delayed for a while, comes last.
 */
export const ACCESS_CASES: readonly Case[] = [
  accessAuthentication,
  authenticationCryptography,
  certificateAuthentication,
  mutualAuthentication,
  deviceIdentityUnique,
  certificateLifecycle,
  certificateRenewal,
  passwordGeneration,
  passwordMasking,
  // first of those that fail logins: its pairs must not meet the delays that others have caused
  authenticationErrorUniformity,
  securityLogging,
  logTimestamps,
  logProtection,
  administratorConcurrency,
  sessionTimeout,
  sessionIdentifiers,
  changeAuthentication,
  accountManagement,
  leastPrivilegeAccounts,
  passwordStrength,
  passwordChangeForced,
  authenticationValueChange,
  passwordUnique,
  bruteForce,
];
