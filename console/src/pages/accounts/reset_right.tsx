import { Command } from '~/parts/copyable';

import classes from './accounts.module.css';

const kTrustee = 'EXAMPLE\\mailward-reset';
const kAccount = 'CN=svc-mailward,OU=Service,DC=example,DC=test';

/** What may stand between quotation marks; else the sample. */
function word(text: string, sample: string): string {
  const trimmed = text.trim();
  return trimmed === '' || /["\n]/.test(trimmed) ? sample : trimmed;
}

/** The service account's distinguished name, where the directory has told it. */
function knownDn(resolved: string): string {
  return /^CN=.*,DC=/i.test(resolved) ? resolved : '';
}

/** Lines for dsacls (docs/active-directory.md), on that account, for the reset account of that name. */
export function resetRightLines(resolved: string, name: string): { grant: string; unlock: string; takeBack: string } {
  const object = `"${word(knownDn(resolved), kAccount)}"`;
  const trustee = word(name, kTrustee);
  return {
    grant: `dsacls ${object} /G "${trustee}:CA;Reset Password"`,
    unlock: `dsacls ${object} /G "${trustee}:RPWP;lockoutTime"`,
    takeBack: `dsacls ${object} /R "${trustee}"`,
  };
}

/** The right that it needs, and how it is given. */
export function ResetRight({ resolved, name }: { resolved: string; name: string }) {
  const { grant, unlock } = resetRightLines(resolved, name);
  return (
    <div className={classes.right}>
      <p>
        It needs one right, <strong>Reset Password</strong>, on the service account and on nothing else. On a domain
        controller
        {knownDn(resolved) === '' && ', with the service account’s own distinguished name in place of the sample’s'}:
      </p>
      <Command text={grant} />
      <p>If it shall unlock the account, too:</p>
      <Command text={unlock} />
    </div>
  );
}
