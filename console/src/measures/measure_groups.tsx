import { useId, useState } from 'react';

import type { Measure } from '~/api/types';
import { ChevronIcon } from '~/parts/icons';

import { MeasureRow } from './measure_row';
import classes from './measures.module.css';
import { type Group, groups } from './words';

function Lines({ group, lines }: { group: Group; lines: readonly Measure[] }) {
  return (
    <ul className={classes.rows}>
      {lines.map((line) => (
        <MeasureRow key={`${line.id} ${line.subject}`} line={line} group={group} />
      ))}
    </ul>
  );
}

function Quiet({ group, lines }: { group: Group; lines: readonly Measure[] }) {
  const [open, setOpen] = useState(false);
  const content = useId();
  return (
    <section className={classes.group}>
      <h2>
        <button
          type="button"
          className={classes.unfold}
          aria-expanded={open}
          aria-controls={content}
          onClick={() => setOpen(!open)}
        >
          {group.title} <span className={classes.count}>{lines.length}</span>
          <ChevronIcon size={14} className={classes.chevron} />
        </button>
      </h2>
      <div id={content} hidden={!open}>
        {open && <Lines group={group} lines={lines} />}
      </div>
    </section>
  );
}

/** The lines by what is to be done first; what is well is folded away. */
export function MeasureGroups({ lines }: { lines: readonly Measure[] }) {
  return (
    <div className={classes.groups}>
      {groups.map((group) => {
        const own = lines.filter(group.holds);
        if (own.length === 0) return null;
        if (group.isQuiet) return <Quiet key={group.name} group={group} lines={own} />;
        return (
          <section key={group.name} className={classes.group} aria-labelledby={`measures-${group.name}`}>
            <h2 id={`measures-${group.name}`}>
              {group.title} <span className={classes.count}>{own.length}</span>
            </h2>
            <p className={classes.lead}>{group.lead}</p>
            <Lines group={group} lines={own} />
          </section>
        );
      })}
    </div>
  );
}
