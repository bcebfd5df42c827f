/**
 * Where pages and forms live. Whoever serves the pages routes these; the console's stand below `Frame.base`.
 * The names say nothing of product or maker, so that nothing is disclosed before login.
 */
export const paths = {
  stylesheet: '/style.css',
  script: '/panel.js',
  panel: {
    home: '/',
    setup: '/setup',
    login: '/login',
    logout: '/logout',
    second: '/login/second',
    security: '/security',
    forgotten: '/forgotten',
    password: '/password',
    code: '/security/code',
    confirmCode: '/security/code/confirm',
    removeCode: '/security/code/remove',
    passkey: '/security/passkey',
    confirmPasskey: '/security/passkey/confirm',
    removePasskey: '/security/passkey/remove',
    recovery: '/security/recovery',
    people: '/people',
    privacy: '/privacy',
    sharing: '/privacy/sharing',
    updates: '/updates',
    applyUpdate: '/updates/apply',
    postponeUpdate: '/updates/postpone',
    checkUpdates: '/updates/check',
    updateChoice: '/updates/choice',
    safety: '/safety',
    remote: '/safety/remote',
    logServer: '/safety/log-server',
    keys: '/safety/keys',
    quarantine: '/safety/quarantine',
    integrity: '/safety/integrity',
    name: '/settings/name',
    reset: '/reset',
  },
  console: {
    login: '/login',
    logout: '/logout',
    fleet: '/fleet',
    fleetExport: '/fleet.csv',
    /** followed by `/` and the device id */
    device: '/devices',
    /** below a device */
    commands: 'commands',
    looked: 'looked',
    personal: 'personal',
    /** of a rollout, followed by product, version and act */
    updates: '/updates',
  },
} as const;
