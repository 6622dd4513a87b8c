import { Button, FileButton, Radio, Textarea } from '@mantine/core';
import { useState } from 'react';

import { Exact } from '~/parts/time';

import { type CertificateWords, readCertificates } from './certificates';
import classes from './trust.module.css';

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

function ChooseFile({ onText, onTrouble }: { onText: (text: string) => void; onTrouble: (words: string) => void }) {
  const read = async (file: File | null) => {
    if (!file) return;
    const isSmall = file.size <= kMaxBytes;
    onTrouble(isSmall ? '' : 'This file is too large for certificates.');
    if (isSmall) onText(await file.text());
  };
  return (
    <FileButton onChange={read} accept=".pem,.crt,.cer,.txt">
      {(props) => (
        <Button {...props} variant="default" size="xs">
          Choose a PEM file
        </Button>
      )}
    </FileButton>
  );
}

interface Props {
  label: string;
  pem: string;
  problem: string | undefined;
  readOnly: boolean;
  onChange: (pem: string) => void;
}

/** The system's authorities, or the organisation's own. There is no third way. */
export function TrustField({ label, pem, problem: refused, readOnly, onChange }: Props) {
  const [own, setOwn] = useState(pem !== '');
  /** What stood there, for whoever changes his mind twice. */
  const [kept, setKept] = useState(pem);
  const [trouble, setTrouble] = useState('');
  const [opened, setOpened] = useState(false);
  const certificates = readCertificates(pem);
  const problem = refused ?? (trouble || undefined);
  // A wall of letters is shown to whoever asks for it, or where there is nothing better to show.
  const asText = opened || certificates.length === 0 || problem !== undefined;

  const choose = (chosen: string) => {
    setOwn(chosen === 'own');
    if (chosen !== 'own') setKept(pem);
    onChange(chosen === 'own' ? kept : '');
  };
  return (
    <Radio.Group
      label={label}
      description="Who may vouch for the server. A certificate that nobody vouches for is never accepted."
      value={own || pem !== '' ? 'own' : 'system'}
      onChange={choose}
    >
      <div className={classes.choices}>
        <Radio value="system" label="The system’s authorities" disabled={readOnly} />
        <Radio value="own" label="The organisation’s own authority" disabled={readOnly} />
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
              onChange={(event) => onChange(event.currentTarget.value)}
            />
          )}
          <div className={classes.buttons}>
            {!readOnly && <ChooseFile onText={onChange} onTrouble={setTrouble} />}
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
