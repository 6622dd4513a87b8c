import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';

import type { AuditVerification } from '~/api/types';
import { Problem, sentence } from '~/api/problem';
import { Copyable } from '~/parts/copyable';
import { SealIcon } from '~/parts/icons';
import { Notice } from '~/parts/notice';
import { Ago } from '~/parts/time';

import classes from './audit.module.css';
import { verifyTrail } from './queries';

export function useVerification() {
  return useMutation({ mutationFn: verifyTrail });
}

type Verification = ReturnType<typeof useVerification>;

export function VerifyButton({ verification }: { verification: Verification }) {
  return (
    <Button
      variant="default"
      leftSection={<SealIcon size={16} />}
      loading={verification.isPending}
      onClick={() => verification.mutate()}
    >
      Verify
    </Button>
  );
}

function HeadFile({ file }: { file: AuditVerification['head_file'] }) {
  if (!file) return null;
  return (
    <p>
      Outside the database its end is kept in <code>{file.path}</code>
      {file.noted && (
        <>
          , last <Ago at={file.noted} />
        </>
      )}
      .
    </p>
  );
}

function Found({ found }: { found: AuditVerification }) {
  if (found.intact) {
    return (
      <Notice kind="good" title={`The trail is intact: ${found.entries} entries, each chained to the one before`}>
        <p>
          Its end: <Copyable text={`${found.head.number}:${found.head.mac}`} />
        </p>
        <HeadFile file={found.head_file} />
        <p className={classes.limits}>
          Whoever holds the master key could write another trail that looks whole. An end that was noted elsewhere gives
          that away: on the server, <code>mailward audit verify --anchor FILE</code>.
        </p>
      </Notice>
    );
  }
  return (
    <Notice kind="bad" title="The trail is not what was written">
      <ul className={classes.findings}>
        {found.findings.map((one) => (
          <li key={`${one.kind}${one.number}`}>
            <strong>Entry {one.number}</strong>:{' '}
            {one.meaning ? sentence(one.meaning) : sentence(one.kind.replaceAll('_', ' '))}
          </li>
        ))}
      </ul>
      <p>Keep this database as it is, with a copy, before anything else is done.</p>
    </Notice>
  );
}

export function VerificationResult({ verification }: { verification: Verification }) {
  const { data, error } = verification;
  if (error) {
    return (
      <Notice kind="bad">{error instanceof Problem ? sentence(error.detail) : 'Mailward does not answer.'}</Notice>
    );
  }
  return data ? <Found found={data} /> : null;
}
