import type { Language } from '@hearthward/standards';

/** What each page of the device panel is made of. Pages are pure: a view in, HTML out; nothing here reads a clock. */

/** On every page. `csrf` goes into every form; `nonce` into the one script, if any. */
export interface Frame {
  readonly language: Language;
  readonly csrf: string;
  /** undefined before login */
  readonly account?: { readonly name: string; readonly role: string };
  /** paths that this account may open or post to; all where absent */
  readonly may?: readonly string[];
  /** what just happened, as message key and words; shown once at the top */
  readonly notice?: {
    readonly kind: 'good' | 'bad' | 'info';
    readonly key: string;
    readonly values?: Readonly<Record<string, string | number>>;
  };
  /** address of this page in each other language that it has; no switch is shown without */
  readonly languageLinks?: Readonly<Record<string, string>>;
  /** the name that people gave the device; only where someone has signed in */
  readonly deviceName?: string;
  /** the manufacturer may act on the device until then, and did so at `used`; ISO 8601 */
  readonly managed?: { readonly until: string; readonly used?: string };
  /** the device is cut off: for what, since when (ISO 8601), and which incident a decision is about */
  readonly quarantine?: QuarantineShown;
  /** somebody opened the device: since when (ISO 8601), which alarm a person can know of, and whether its records were destroyed */
  readonly tampered?: { readonly since: string; readonly incident: number; readonly erased: boolean };
  /** data is about to be erased: until when it can be taken back (ISO 8601), and which by this person */
  readonly erasing?: { readonly until: string; readonly household: boolean; readonly id?: string };
  /** a newer software is due, and the person wants to be told of its kind */
  readonly update?: { readonly version: string; readonly kind: 'security' | 'feature' };
  /** what stands before every path of ours, for instance `/operator`; nothing where omitted */
  readonly base?: string;
}

export interface QuarantineShown {
  readonly causes: readonly ('integrity' | 'tamper' | 'self-test')[];
  readonly since: string;
  readonly incident: number;
}

export interface SetupView extends Frame {
  /** 1 welcome and label password, 2 new password, 3 name and choices, 4 done */
  readonly step: 1 | 2 | 3 | 4;
  readonly minimumLength: number;
  readonly maximumLength: number;
  /** optional data uses that a person may allow; all off at first */
  readonly choices: readonly { readonly id: string; readonly text: string; readonly on: boolean }[];
  /** message keys (`refused.…`) of what was wrong with the last try */
  readonly refused?: readonly string[];
  /** the name typed so far */
  readonly name?: string;
  /** of a device as new, for who has shown the password on its label */
  readonly asNew?: {
    readonly serial: string;
    readonly softwareVersion: string;
    readonly supportUntil: string;
    /** where the manufacturer says what it knows of it */
    readonly checkUrl?: string;
  };
  /** the name to sign in with from now on: told in the last step, and to password managers in the second */
  readonly user?: string;
  /** the public guide to setting up securely, for who is done */
  readonly guideUrl?: string;
}

export interface LoginView extends Frame {
  /** seconds until another try, where throttled */
  readonly waitSeconds?: number;
  readonly failed: boolean;
  /** what a person can do after a refusal; the longest delay is the declared one */
  readonly help?: { readonly longestSeconds: number };
  /** where a forgotten password is replaced at the device itself, and for how long a press of its button counts */
  readonly recovery?: { readonly page: string; readonly minutes: number };
}

/** A new password for who presses the device's button and reads its label. */
export interface ForgottenView extends Frame {
  readonly minimumLength: number;
  readonly maximumLength: number;
  /** for so long a press counts */
  readonly minutes: number;
  readonly pressed: boolean;
  /** message keys */
  readonly refused: readonly string[];
}

/** The password was right, and an administrator is signed in already. */
export interface AnotherSessionView extends Frame {
  /** when the other session began, ISO 8601 */
  readonly since: string;
  /** where the answer is posted, in which field, and what it says */
  readonly answer: { readonly path: string; readonly field: string; readonly end: string; readonly keep: string };
}

/** One thing that the product does now. */
export interface Card {
  readonly title: string;
  readonly value: string;
  readonly state?: 'on' | 'off' | 'good' | 'bad';
  /** a declared function that changes it */
  readonly action?: { readonly path: string; readonly label: string; readonly fields: readonly FormField[] };
}
export interface FormField {
  readonly name: string;
  readonly label: string;
  readonly type: 'text' | 'number' | 'select' | 'hidden' | 'password' | 'file';
  /** of a file: the formats that are taken */
  readonly media?: readonly string[];
  readonly value?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly choices?: readonly { readonly value: string; readonly label: string }[];
}

export interface HomeView extends Frame {
  readonly deviceName: string;
  readonly cards: readonly Card[];
  readonly connected: boolean;
}

export interface PasswordView extends Frame {
  readonly minimumLength: number;
  readonly maximumLength: number;
  /** message keys of what was wrong with the last try */
  readonly refused: readonly string[];
  /** what is changed is a PIN; locked, only a guardian changes it */
  readonly pin?: { readonly locked: boolean };
  /** the current one was made up by the device and has to be replaced first */
  readonly first?: boolean;
}

export interface Person {
  readonly name: string;
  readonly role: string;
  readonly isYou: boolean;
  /** what the household shares is theirs to decide */
  readonly livesHere?: boolean;
  /** a guardian may set what this account signs in with */
  readonly mayBeChild: boolean;
  /** when each of its sessions began, ISO 8601 */
  readonly signedIn: readonly string[];
  readonly pin?: { readonly locked: boolean };
  /** it has never chosen a password of its own, and ends then, ISO 8601, if it does not */
  readonly waiting?: { readonly until?: string };
  /** when the account ends by itself, ISO 8601 */
  readonly until?: string;
}
export interface PeopleView extends Frame {
  readonly people: readonly Person[];
  /** roles that an account can be given, and what each may do, in words */
  readonly roles: readonly { readonly id: string; readonly name: string; readonly may: readonly string[] }[];
  /** purpose of a function -> where its form is posted; what has none is not offered */
  readonly paths: Readonly<Record<string, string>>;
  /** message keys of what was wrong with the last try */
  readonly refused?: readonly string[];
  /** an account that was just added, with the password that the device made up for it */
  readonly given?: { readonly name: string; readonly password: string; readonly hours: number };
}

/** Before login, after the password. */
export interface SecondStepView extends Frame {
  /** whether a code of an app is offered */
  readonly code: boolean;
  /** what the browser asks a passkey, as JSON; undefined where none works here */
  readonly passkey?: string;
  /** address under which the passkeys of the account work, where it is not this one */
  readonly passkeysAt?: string;
  /** wrong, or too late: one and the same */
  readonly failed: boolean;
  /** seconds until another try, where throttled */
  readonly waitSeconds?: number;
}

export interface SecurityView extends Frame {
  /** whether an app makes codes for this account */
  readonly code: boolean;
  readonly passkeys: readonly {
    readonly id: string;
    readonly name: string;
    /** host name under which it works */
    readonly rpId: string;
    /** ISO 8601 */
    readonly addedAt: string;
    readonly cloned: boolean;
  }[];
  readonly addPasskey:
    | { readonly kind: 'here' }
    /** an address is no name; this page has one there */
    | { readonly kind: 'elsewhere'; readonly address: string }
    | { readonly kind: 'full' };
  /** recovery codes that were not used yet; undefined while there is no second step */
  readonly recoveryLeft?: number;
  /** message keys of what was wrong with the last try */
  readonly refused?: readonly string[];
}

export interface NewCodeView extends Frame {
  /** undefined where the time is over */
  readonly asked?: {
    /** in groups, as people type it */
    readonly secret: string;
    /** a QR code: side in units, and the path of its dark squares */
    readonly picture: { readonly side: number; readonly path: string };
  };
  readonly refused?: readonly string[];
}

export interface NewPasskeyView extends Frame {
  /** undefined where the time is over; `options` is JSON for the browser */
  readonly asked?: { readonly name: string; readonly options: string };
}

export interface RecoveryCodesView extends Frame {
  readonly codes: readonly string[];
}

export interface ResetView extends Frame {
  /** what is erased: names in words, or the parts of `deletes.…` messages */
  readonly deletes: readonly string[];
  /** a person can have what the services keep of them erased too */
  readonly services?: true;
  /** a person can say that nobody is to use it again */
  readonly after?: true;
  /** message keys of what was wrong with the last try */
  readonly refused?: readonly string[];
}

/** What a person can have made anew: what the device stores, the web page, the way to the manufacturer, or all of it. */
export type KeyChoice = 'all' | 'stored' | 'panel' | 'connection';

/** The keys of which something is public: SHA-256 fingerprints of their certificates, lower-case hex. */
export interface KeysView {
  /** of the web page: as printed on the label, and as it is now */
  readonly label: string;
  readonly panel: string;
  /** of the way to the manufacturer; absent before there is one */
  readonly connection?: string;
  /** what the key of that connection signs with, by its name in the registry of algorithms */
  readonly algorithm?: string;
  /** what was just made anew; `before` and `after` where something of it is public, `after` absent where it is under way */
  readonly renewed?: readonly {
    readonly key: Exclude<KeyChoice, 'all'>;
    readonly done: boolean;
    readonly before?: string;
    readonly after?: string;
  }[];
}

export interface SafetyView extends Frame {
  readonly model: string;
  readonly serial: string;
  readonly softwareVersion: string;
  /** what the time of day in events rests on: the services vouched for it, the device's own clock says it, that clock is behind what is known, or nobody knows */
  readonly time: 'services' | 'host' | 'floor' | 'unknown';
  readonly supportUntil: string;
  readonly events: readonly { readonly at: string; readonly kind: string; readonly text: string }[];
  readonly sessions: number;
  /** absent where keys are not renewed by hand */
  readonly keys?: KeysView;
  /** whether the manufacturer may act on the device, and for how many hours; absent where that is not offered */
  readonly remote?: 'off' | '1' | '24';
  /** where the log goes besides; absent where that is not offered */
  readonly logServer?: 'off' | { readonly host: string; readonly port: number; readonly fingerprint: string };
  /** the device's check of itself, already in words; `cure` where something is to be done */
  readonly checks?: readonly {
    readonly good: boolean;
    readonly text: string;
    readonly cure?: { readonly path: string; readonly label: string };
  }[];
  /** what came of asking the manufacturer; absent where that is not offered */
  readonly checked?: 'never' | Checked;
  /** public page that says how long the product is supported */
  readonly supportUrl?: string;
}

/** `at`: ISO 8601. `findings` in the words of the services, bounded: of a newer version there may be more than here is known. */
export type Checked = { readonly at: string; readonly ageSeconds: number } & (
  | {
      readonly kind: 'answered';
      readonly verdict: 'well' | 'attention';
      readonly findings: readonly { readonly code: string; readonly good: boolean; readonly about?: string }[];
    }
  | {
      readonly kind: 'unanswered';
      readonly because:
        | 'not-enrolled'
        | 'cut-off'
        | 'unreachable'
        | 'too-late'
        | 'not-believed'
        | 'refused'
        | 'too-often'
        | 'failed'
        | 'unreadable'
        | 'not-to-this';
    }
);

export interface ErrorView extends Frame {
  readonly status: number;
  /** message key */
  readonly key: string;
}
