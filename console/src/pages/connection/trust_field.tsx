import { Button, FileButton, Radio, Textarea } from '@mantine/core';
import { useState } from 'react';

import { Exact } from '~/parts/time';

import { type CertificateWords, readCertificates } from './certificates';
import classes from './connection.module.css';
import { fieldLabels } from './form_model';
import type { Editor } from './use_editor';

const kMaxBytes = 512 * 1024;

function Certificates({ certificates }: { certificates: CertificateWords[] }) {
  return (
    <ul className={classes.certificates}>
      {certificates.map((one, at) => (
        <li key={at}>
          <strong>{one.subject || 'A certificate that cannot be read here'}</strong>
          {one.validUntil && (
            <span>
              valid until <Exact at={one.validUntil} />
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

/** The system's authorities, or the organisation's own. There is no third way. */
export function TrustField({ editor, readOnly }: { editor: Editor; readOnly: boolean }) {
  const pem = editor.values.trust_pem;
  const [own, setOwn] = useState(pem !== '');
  /** What stood there, for whoever changes his mind twice. */
  const [kept, setKept] = useState(pem);
  const [trouble, setTrouble] = useState('');
  const [opened, setOpened] = useState(false);
  const certificates = readCertificates(pem);
  const problem = editor.problems['trust_pem'] ?? (trouble || undefined);
  // A wall of letters is shown to whoever asks for it, or where there is nothing better to show.
  const asText = opened || certificates.length === 0 || problem !== undefined;

  const choose = (chosen: string) => {
    setOwn(chosen === 'own');
    if (chosen === 'own') editor.set('trust_pem', kept);
    else {
      setKept(pem);
      editor.set('trust_pem', '');
    }
  };
  const read = async (file: File | null) => {
    if (!file) return;
    setTrouble(file.size > kMaxBytes ? 'This file is too large for certificates.' : '');
    if (file.size <= kMaxBytes) editor.set('trust_pem', await file.text());
  };
  return (
    <Radio.Group
      label={fieldLabels.trust_pem}
      description="Who may vouch for the server. A certificate that nobody vouches for is never accepted."
      value={own || pem !== '' ? 'own' : 'system'}
      onChange={choose}
    >
      <div className={classes.choices}>
        <Radio value="system" label="The system’s authorities" disabled={readOnly} size="sm" />
        <Radio value="own" label="The organisation’s own authority" disabled={readOnly} size="sm" />
      </div>
      {(own || pem !== '') && (
        <div className={classes.trust}>
          {certificates.length > 0 && <Certificates certificates={certificates} />}
          {asText && (
            <Textarea
              aria-label="Certificates of the issuing authorities (PEM)"
              name="trust_pem"
              placeholder={'-----BEGIN CERTIFICATE-----\n…'}
              autosize
              minRows={3}
              maxRows={6}
              spellCheck={false}
              readOnly={readOnly}
              classNames={{ input: classes.pem ?? '' }}
              value={pem}
              error={problem}
              onChange={(event) => editor.set('trust_pem', event.currentTarget.value)}
            />
          )}
          <div className={classes.trustButtons}>
            {!readOnly && (
              <FileButton onChange={read} accept=".pem,.crt,.cer,.txt">
                {(props) => (
                  <Button {...props} variant="default" size="xs">
                    Choose a PEM file
                  </Button>
                )}
              </FileButton>
            )}
            {certificates.length > 0 && !problem && (
              <Button variant="subtle" size="xs" aria-expanded={asText} onClick={() => setOpened(!opened)}>
                {asText ? 'Hide the text' : 'Show as text'}
              </Button>
            )}
          </div>
        </div>
      )}
    </Radio.Group>
  );
}
