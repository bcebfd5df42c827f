/**
 * The harmless file that every scanner for malware takes for one (EICAR, "Anti-Malware Testfile", 2003). It is put together
 * when it is asked for, so that no file of this tree is one.
 */
export const standardTestFile = (): string =>
  [
    String.raw`X5O!P%@AP[4\PZX54(P^)7CC)7}`,
    `$${['EICAR', 'STANDARD', 'ANTIVIRUS', 'TEST', 'FILE'].join('-')}!`,
    '$H+H*',
  ].join('');
