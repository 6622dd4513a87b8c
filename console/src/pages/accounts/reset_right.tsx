import { Command } from '~/parts/copyable';

import classes from './accounts.module.css';

const kSample = 'EXAMPLE\\mailward-reset';
const kAccount = '"CN=svc-mailward,OU=Service,DC=example,DC=test"';

function trustee(name: string): string {
  const trimmed = name.trim();
  return trimmed === '' || /["\n]/.test(trimmed) ? kSample : trimmed;
}

/** Lines for dsacls (docs/active-directory.md), for the reset account of that name. */
export function resetRightLines(name: string): { grant: string; unlock: string; takeBack: string } {
  return {
    grant: `dsacls ${kAccount} /G "${trustee(name)}:CA;Reset Password"`,
    unlock: `dsacls ${kAccount} /G "${trustee(name)}:RPWP;lockoutTime"`,
    takeBack: `dsacls ${kAccount} /R "${trustee(name)}"`,
  };
}

/** The right that it needs, and how it is given. */
export function ResetRight({ name }: { name: string }) {
  const { grant, unlock } = resetRightLines(name);
  return (
    <div className={classes.right}>
      <p>
        It needs one right, <strong>Reset Password</strong>, on the service account and on nothing else. On a domain
        controller, with the service account’s own distinguished name in place of the sample’s:
      </p>
      <Command text={grant} />
      <p>If it shall unlock the account, too:</p>
      <Command text={unlock} />
    </div>
  );
}
