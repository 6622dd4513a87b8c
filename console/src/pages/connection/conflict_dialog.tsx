import { Button, Modal, SegmentedControl } from '@mantine/core';
import { useState } from 'react';

import type { Connection } from '~/api/types';
import { Exact } from '~/parts/time';

import classes from './conflict.module.css';
import { differences, fieldLabels, type FieldName, type FormValues, mergedValues, shown, valuesOf } from './form_model';
import type { Editor } from './use_editor';

type Choice = 'mine' | 'theirs';

interface Props {
  editor: Editor;
  theirs: Connection;
  onClose: () => void;
  onSave: (newer: Connection, merged: FormValues) => Promise<void>;
}

/** Two administrators saved at once: field by field what the other changed, and which of the two shall stand. */
export function ConflictDialog({ editor, theirs, onClose, onSave }: Props) {
  const base = editor.base ? valuesOf(editor.base) : editor.values;
  const other = valuesOf(theirs);
  const differ = differences(base, editor.values, other);
  // What only the other changed is his; where both did, the person who sees it keeps his own unless he says otherwise.
  const [choices, setChoices] = useState<Partial<Record<FieldName, Choice>>>({});
  const choice = (field: FieldName, both: boolean): Choice => choices[field] ?? (both ? 'mine' : 'theirs');
  const merged = () =>
    mergedValues(
      editor.values,
      other,
      differ.filter(({ field, both }) => choice(field, both) === 'theirs').map(({ field }) => field),
    );

  const keepEditing = () => {
    editor.rebase(theirs, merged());
    onClose();
  };
  return (
    <Modal opened onClose={onClose} title="Somebody else saved this in the meantime" size={720}>
      <p className={classes.lead}>
        Saved <Exact at={theirs.updated} />.{' '}
        {differ.length === 0 ? 'It is what you have here too.' : 'Choose what shall stand, field by field.'} Everything
        else that you typed stays, the password too.
      </p>
      <ul className={classes.fields}>
        {differ.map(({ field, both }) => (
          <li key={field} className={classes.field}>
            <div className={classes.fieldHead}>
              <h3>{fieldLabels[field]}</h3>
              {!both && <span className={classes.note}>you did not change it</span>}
              <SegmentedControl
                size="xs"
                ml="auto"
                aria-label={`${fieldLabels[field]}: which shall stand`}
                value={choice(field, both)}
                onChange={(chosen) => setChoices({ ...choices, [field]: chosen as Choice })}
                data={[
                  { value: 'mine', label: 'Keep mine' },
                  { value: 'theirs', label: 'Take theirs' },
                ]}
              />
            </div>
            <dl className={classes.values}>
              <div data-chosen={choice(field, both) === 'mine' || undefined}>
                <dt>Mine</dt>
                <dd>{shown(editor.values, field)}</dd>
              </div>
              <div data-chosen={choice(field, both) === 'theirs' || undefined}>
                <dt>Theirs</dt>
                <dd>{shown(other, field)}</dd>
              </div>
            </dl>
          </li>
        ))}
      </ul>
      <div className={classes.buttons}>
        <Button variant="default" onClick={keepEditing}>
          Go on editing
        </Button>
        <Button onClick={() => onSave(theirs, merged())}>Save with these choices</Button>
      </div>
    </Modal>
  );
}
