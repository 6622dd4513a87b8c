// For tests: a rotation, an account, what is planned for it and a recommended measure, as the API tells them.
import type {
  AccountDetail,
  AccountPlan,
  GateLoad,
  Measure,
  OldPassword,
  Rotation,
  ScheduledRotation,
} from '~/api/types';

export function aLoad(over: Partial<GateLoad> = {}): GateLoad {
  return {
    load: 'sync_and_recover',
    calls: 812,
    failed: 0,
    held: 14,
    throttled: 0,
    gate_timeouts: 0,
    longest_hold_ms: 390,
    last_failure: '',
    ...over,
  };
}

export function aRotation(over: Partial<Rotation> = {}): Rotation {
  return {
    id: '070gxk6ehbzay',
    account: '070gxjhrjb5qb',
    account_name: 'svc-mailward@example.test',
    mode: 'delegated_reset',
    state: 'finished',
    meaning: 'The new password is in force, and the old one is not used any more.',
    why: '',
    started_by: 'local:0',
    controller: 'dc1.example.test',
    front_end_accepted: true,
    door_closed: '2026-11-29T14:05:19.000Z',
    door_opened: '2026-11-29T14:05:19.412Z',
    created: '2026-11-29T14:05:17.000Z',
    updated: '2026-11-29T14:05:31.000Z',
    ended: '2026-11-29T14:05:31.000Z',
    sentence: 'The new password is in force, and the old one is not used any more.',
    remedy: '',
    degraded: false,
    behind: [],
    caught_up: [],
    door_closed_ms: 412,
    loads: [aLoad()],
    ...over,
  };
}

export function anAccount(over: Partial<AccountDetail> = {}): AccountDetail {
  return {
    id: '070gxjhrjb5qb',
    version: 2,
    name: 'svc-mailward@example.test',
    sid: '',
    resolved: '',
    directory: '070gxjhrjb5qd',
    directory_name: 'Example',
    reset_account: '070gxjhrjb5qe',
    enabled: true,
    password: 'active',
    credentials: [
      {
        id: '070gxjhrn3j2h',
        number: 1,
        state: 'active',
        destinations: ['mailward-destination-1\news=mail.example.test:443\n'],
        created: '2026-11-29T14:05:14.052Z',
        created_by: 'local:0',
        promoted: '2026-11-29T14:05:19.323Z',
        refused: null,
        refusal: '',
        origin: 'typed',
        controller: '',
        password_last_set: null,
      },
    ],
    created: '2026-11-29T14:05:14.052Z',
    updated: '2026-11-29T14:05:14.052Z',
    reset_account_name: 'EXAMPLE\\mailward-reset',
    twin: null,
    twin_name: '',
    twin_resolved: '',
    rotation_mode: 'delegated_reset',
    reset_account_password: 'active',
    rotation: null,
    connections: [],
    ...over,
  };
}

export function aMeasure(over: Partial<Measure> = {}): Measure {
  return {
    id: 'not_delegated',
    title: 'Account can be delegated',
    wanted: 'Account cannot be delegated',
    subject: 'account:070gxjhrjb5qb',
    subject_kind: 'account',
    subject_id: '070gxjhrjb5qb',
    subject_name: 'svc-mailward@example.test',
    state: 'to_do',
    outcome: 'to_do',
    urgency: 'soon',
    sentence: 'It is not marked as sensitive.',
    facts: [{ name: 'sensitive, not delegable', value: 'no' }],
    seen_at: '2026-11-29T14:05:31.000Z',
    seen_how: 'Active Directory: dc1.example.test',
    why: 'A server that is trusted for delegation may go on as the account.',
    remedy: "Set-ADUser -Identity 'svc-mailward' -AccountNotDelegated $true",
    source: {
      document: 'Microsoft: Govern on-premises service accounts',
      section: 'Principles',
      url: 'https://learn.microsoft.com/',
    },
    acceptance: null,
    ...over,
  };
}

export function aScheduled(over: Partial<ScheduledRotation> = {}): ScheduledRotation {
  return {
    account: '070gxjhrjb5qb',
    account_name: 'svc-mailward@example.test',
    mode: 'delegated_reset',
    due: '2026-12-07T22:17:00.000Z',
    deadline: '2026-12-10T14:05:19.000Z',
    by_expiry: false,
    by_person: false,
    obstacle: '',
    remedy: '',
    ...over,
  };
}

export function aPlan(over: Partial<AccountPlan> = {}): AccountPlan {
  return {
    account: '070gxjhrjb5qb',
    account_name: 'svc-mailward@example.test',
    mode: 'delegated_reset',
    every_days: 30,
    window: 'mon-fri 22:00-04:00',
    twin: null,
    enabled: true,
    has_password: true,
    ...over,
  };
}

export function anOldPassword(over: Partial<OldPassword> = {}): OldPassword {
  return {
    until: '2026-11-29T15:05:31.000Z',
    ended: null,
    seen: [],
    unlisted: 0,
    imports: [],
    file: null,
    cut_command: 'Get-ChildItem sign-ins-*.csv',
    cannot_show: 'For an hour the password before is taken by NTLM, and nothing is counted.',
    commands: [{ controller: 'dc1.example.test', command: "Get-WinEvent -ComputerName 'dc1.example.test'" }],
    ...over,
  };
}
