/**
 * What the API says and takes, by the names that the pages use. All of it is the API's own description (schema.ts is made
 * of src/api/openapi.json at each build); what a run's result holds is its kind's business, and stands here by hand.
 */
import type { components } from './schema';

type Schemas = components['schemas'];

export type ConnectionForm = Required<
  Omit<
    Schemas['ConnectionForm'],
    'password' | 'password_confirmed' | 'proxy_password' | 'destination' | 'directory' | 'despite_test'
  >
>;
export type Connection = Schemas['Connection'] &
  Partial<Pick<Schemas['ConnectionDetail'], 'destination' | 'destination_proven'>>;
export type ConnectionState = Connection['state'];
export type PasswordState = Connection['password'];
export type Scheme = Connection['authentication'][number];
export type AutodiscoverFound = Schemas['AutodiscoverFound'];
export type AutodiscoverStep = AutodiscoverFound['steps'][number];
export type Destination = Schemas['Destination'];
export type Heartbeat = Schemas['Heartbeat'];
export type LiveConnections = Schemas['Changes'];

export type Step = Schemas['Step'];
export type StepOutcome = Step['outcome'];
/** What a failed certificate step offers beside its remedy. */
export type TrustOffer = Schemas['TrustOffer'];
export type Run = Omit<Schemas['Run'], 'result'> & { result: TestResult | null };
export type RunState = Run['state'];
export type RunChanges = Run & { seq: number; steps: Step[] };
export type Preparation = Schemas['Preparation'];

/** The result of a connection test. */
export interface TestResult {
  verdict?: string;
  state?: ConnectionState;
  sentence?: string;
  remedy?: string;
  candidates?: string[];
  server?: { version: string; product: string };
  scheme?: string;
  front_ends?: { address: string; verdict: string }[];
  tries_left?: number;
  findings?: { class: string; sentence: string; remedy: string }[];
}

export type Rotation = Schemas['Rotation'];
export type RotationState = Rotation['state'];
/** What one load (a product, a probe, a test) met at the gate while a rotation went on. */
export type GateLoad = Schemas['GateLoad'];

/** How an account is renewed, and when by itself. */
export type RotationPlan = Schemas['RotationPlan'];
export type ScheduledRotation = Schemas['ScheduledRotation'];
export type AccountPlan = Schemas['AccountPlan'];
/** Where another vault hands over an account's password. */
export type ExternalSource = Schemas['ExternalSource'];
/** Who still used the old password after a rotation, as far as the directory shows it. */
export type OldPassword = Schemas['OldPassword'];

/** The result of a rotation's dry run. */
export interface DryRunResult {
  possible?: boolean;
  sentence?: string;
  remedy?: string;
}

export type CredentialVersion = Schemas['CredentialVersion'];
export type Account = Schemas['Account'];
export type AccountDetail = Schemas['AccountDetail'];
export type Directory = Schemas['Directory'];
export type DirectoryForm = Required<Omit<Schemas['DirectoryForm'], 'reader_password' | 'password_confirmed'>>;

export type NoticeChannel = Schemas['NoticeChannel'];
export type NoticeKind = Schemas['NoticeKind'];
export type NoticeSubscription = Schemas['NoticeSubscription'];
export type NoticeTest = Schemas['NoticeTest'];
export type NoticeDelivery = Schemas['NoticeDelivery'];
export type PostedNotice = Schemas['Notice'];
export type Severity = PostedNotice['severity'];
/** A line of the recommended measures. */
export type Measure = Schemas['Measure'];
export type MeasureState = Schemas['MeasureState'];
export type MeasureList = Schemas['MeasureList'];

export type Status = Schemas['Status'];
export type Right = Schemas['Right'];
export type RoleName = Schemas['Role'];
export type Role = Schemas['RolePolicy'];
export type Session = Schemas['Session'];
export type OpenSession = Schemas['SessionLine'];
export type User = Schemas['User'];
export type Invited = Schemas['Invited'];
export type Invitation = Schemas['Invitation'];
export type Token = Schemas['Token'];
export type AuditEntry = Schemas['AuditEntry'];
export type AuditVerification = Schemas['AuditVerification'];
export type Secret = Schemas['Secret'];
export type SecretsPolicy = Schemas['SecretsPolicy'];
export type RenewalItem = Schemas['RenewalItem'];
export type RenewalLine = Schemas['RenewalLine'];
export type Renewal = Schemas['Renewal'];
