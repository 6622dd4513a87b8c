import { Command } from '~/parts/copyable';
import { Notice } from '~/parts/notice';

import classes from './status.module.css';

/** A password that Mailward made is in no head and on no paper: without the recovery key it is lost with the server. */
export function RecoveryKeyNotice({ isWithin = false }: { isWithin?: boolean }) {
  return (
    <Notice kind="warn" title="The recovery key’s private half has not been taken">
      {isWithin
        ? 'Were this server lost, the new password would be lost with it. Take the key first, as root on the server, and keep it elsewhere:'
        : 'With it, the passwords that Mailward made can be had again should this server be lost. As root on the server, once; keep what it shows elsewhere:'}
      <div className={classes.command}>
        <Command text="mailward key recovery" />
      </div>
    </Notice>
  );
}
