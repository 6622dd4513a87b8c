import { Checkbox, NumberInput, Textarea, TextInput } from '@mantine/core';

import type { Scheme } from '~/api/types';
import { productNames, schemeNames } from '~/connections/states';
import { span } from '~/parts/time_words';

import classes from './connection.module.css';
import { fieldLabels, type FieldName } from './form_model';
import type { Editor } from './use_editor';

type TextField =
  | 'description'
  | 'ews_url'
  | 'master_mailbox'
  | 'mailbox_check'
  | 'refused_mailbox'
  | 'user_agent'
  | 'autodiscover'
  | 'proxy_url'
  | 'proxy_user';

interface Props {
  editor: Editor;
  readOnly: boolean;
}

/** A line of text. Names and addresses are no prose: nothing corrects them. */
export function Line({
  editor,
  readOnly,
  field,
  ...rest
}: Props & {
  field: TextField;
  description?: React.ReactNode;
  placeholder?: string;
  required?: boolean;
  type?: 'email' | 'url';
}) {
  return (
    <TextInput
      label={fieldLabels[field]}
      name={field}
      autoComplete="off"
      autoCapitalize="none"
      spellCheck={field === 'description'}
      readOnly={readOnly}
      withAsterisk={rest.required ?? false}
      value={editor.values[field]}
      error={editor.problems[field]}
      onChange={(event) => editor.set(field, event.currentTarget.value)}
      {...rest}
    />
  );
}

const schemeNotes: Record<Scheme, string> = {
  negotiate: 'the strongest; needs a realm in the account’s directory',
  ntlm: 'works without a directory',
  basic: 'sends the password itself; only where nothing else is offered',
};

export function AuthenticationField({ editor, readOnly }: Props) {
  return (
    <Checkbox.Group
      label={fieldLabels.authentication}
      description="What this connection may use. The strongest that the server offers is taken."
      value={editor.values.authentication}
      error={editor.problems['authentication']}
      onChange={(chosen) => editor.set('authentication', chosen as Scheme[])}
    >
      <div className={classes.choices}>
        {(Object.keys(schemeNames) as Scheme[]).map((scheme) => (
          <Checkbox
            key={scheme}
            value={scheme}
            label={schemeNames[scheme]}
            description={schemeNotes[scheme]}
            disabled={readOnly}
            size="sm"
          />
        ))}
      </div>
    </Checkbox.Group>
  );
}

export function ProductsField({ editor, readOnly }: Props) {
  return (
    <Checkbox.Group
      label={fieldLabels.products}
      description="What may use this connection. The test tries what each of them needs."
      value={editor.values.products}
      error={editor.problems['products']}
      onChange={(chosen) => editor.set('products', chosen)}
    >
      <div className={classes.choices} data-columns="2">
        {Object.entries(productNames).map(([product, name]) => (
          <Checkbox key={product} value={product} label={name} disabled={readOnly} size="sm" />
        ))}
      </div>
    </Checkbox.Group>
  );
}

export function FrontEndsField({ editor, readOnly }: Props) {
  return (
    <Textarea
      label={fieldLabels.front_ends}
      description="Optional, one a line: HOST or HOST:PORT. Each is tested by itself, for behind a balancer a broken one is found by luck only."
      name="front_ends"
      autosize
      minRows={2}
      maxRows={8}
      spellCheck={false}
      readOnly={readOnly}
      placeholder={'ex01.example.test\nex02.example.test'}
      classNames={{ input: classes.mono ?? '' }}
      value={editor.values.front_ends}
      error={editor.problems['front_ends']}
      onChange={(event) => editor.set('front_ends', event.currentTarget.value)}
    />
  );
}

type NumberField = Extract<FieldName, 'concurrency' | 'heartbeat_seconds'>;

const numberNotes: Record<NumberField, (value: number | string) => string> = {
  concurrency: () => 'Calls in flight at once, 1 to 100. Exchange’s own default limit is 27.',
  heartbeat_seconds: (value) =>
    typeof value === 'number' && value > 0
      ? `Seconds between tests by itself: every ${span(value)}.`
      : 'Seconds between tests by itself, 60 to 86400; 0 for none.',
};

export function NumberField({ editor, readOnly, field }: Props & { field: NumberField }) {
  return (
    <NumberInput
      classNames={{ wrapper: classes.number ?? '' }}
      label={fieldLabels[field]}
      description={numberNotes[field](editor.values[field])}
      name={field}
      allowDecimal={false}
      allowNegative={false}
      clampBehavior="none"
      min={0}
      step={field === 'heartbeat_seconds' ? 60 : 1}
      readOnly={readOnly}
      value={editor.values[field]}
      error={editor.problems[field]}
      onChange={(value) => editor.set(field, value)}
    />
  );
}
