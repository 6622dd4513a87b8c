import { Button } from '@mantine/core';
import { useId, useState } from 'react';

import { Problem, sentence } from '~/api/problem';
import type { Measure } from '~/api/types';
import { ChevronIcon } from '~/parts/icons';
import { Tag } from '~/parts/tag';
import { tell } from '~/parts/tell';
import { Ago, Exact } from '~/parts/time';
import { Starter } from '~/rotations/starter';
import { Remedy } from '~/runs/remedy';
import { useMay } from '~/session/session';

import { AcceptDialog } from './accept_dialog';
import classes from './measures.module.css';
import { withdraw } from './queries';
import { aboutWords, canBeAccepted, type Group } from './words';

function Seen({ line }: { line: Measure }) {
  return (
    <dl className={classes.facts}>
      {line.facts.map(({ name, value }, at) => (
        <div key={at}>
          <dt>
            <bdi>{name}</bdi>
          </dt>
          <dd>
            <bdi>{value}</bdi>
          </dd>
        </div>
      ))}
      <div>
        <dt>seen</dt>
        <dd>
          {line.seen_at ? <Exact at={line.seen_at} /> : 'not yet'}, {line.seen_how}
        </dd>
      </div>
    </dl>
  );
}

function Accepted({ line }: { line: Measure }) {
  const mayChange = useMay('change_connections');
  const [busy, setBusy] = useState(false);
  const { acceptance } = line;
  if (!acceptance) return null;
  const take = async () => {
    setBusy(true);
    try {
      await withdraw(line);
    } catch (error) {
      tell({ kind: 'bad', text: error instanceof Problem ? sentence(error.detail) : 'Mailward does not answer.' });
    }
    setBusy(false);
  };
  return (
    <div className={classes.acceptance}>
      <p>
        Accepted by <Starter actor={acceptance.by} /> <Ago at={acceptance.created} />, until{' '}
        {acceptance.until.slice(0, 10)}: “<bdi>{acceptance.reason}</bdi>”
      </p>
      {mayChange && (
        <Button size="xs" variant="default" loading={busy} onClick={take}>
          Accept no longer
        </Button>
      )}
    </div>
  );
}

function Details({ line, onAccept }: { line: Measure; onAccept: () => void }) {
  const mayChange = useMay('change_connections');
  const { document, section, url } = line.source;
  return (
    <div className={classes.details}>
      <Accepted line={line} />
      <Seen line={line} />
      <div className={classes.part}>
        <h4>Why it matters</h4>
        <p>{line.why}</p>
      </div>
      {line.remedy && (
        <div className={classes.part}>
          <h4>{line.outcome === 'cannot_tell' ? 'What lets one tell' : 'What to do'}</h4>
          <p>Wanted: {line.wanted}.</p>
          <Remedy text={line.remedy} />
        </div>
      )}
      <div className={classes.part}>
        <h4>Who asks for it</h4>
        <p>
          <a href={url} target="_blank" rel="noreferrer">
            {document}
          </a>
          <br />“{section}”
        </p>
      </div>
      {mayChange && canBeAccepted(line) && (
        <div>
          <Button size="xs" variant="default" onClick={onAccept}>
            Accept for a time
          </Button>
        </div>
      )}
    </div>
  );
}

/** One line; opened, it says what was seen, why it matters, what to do and who asks for it. */
export function MeasureRow({ line, group }: { line: Measure; group: Group }) {
  const [open, setOpen] = useState(false);
  const [accepting, setAccepting] = useState(false);
  const detail = useId();
  const { kind, name } = aboutWords(line);
  return (
    <li className={classes.row}>
      <h3 className={classes.heading}>
        <button
          type="button"
          className={classes.line}
          aria-expanded={open}
          aria-controls={detail}
          onClick={() => setOpen(!open)}
        >
          <span className={classes.tag}>
            <Tag tone={group.tone}>{group.tag}</Tag>
          </span>
          <span className={classes.what}>
            <span className={classes.title}>{line.title}</span>
            <span className={classes.sentence}>{line.sentence}</span>
          </span>
          <span className={classes.about}>
            <span>{kind}</span>
            {name && <bdi>{name}</bdi>}
          </span>
          <ChevronIcon size={14} className={classes.chevron} />
        </button>
      </h3>
      <div id={detail} hidden={!open}>
        {open && <Details line={line} onAccept={() => setAccepting(true)} />}
      </div>
      {accepting && <AcceptDialog line={line} onClose={() => setAccepting(false)} />}
    </li>
  );
}
