import { useState } from 'react';

import { CheckIcon, CopyIcon } from './icons';
import classes from './copyable.module.css';

const kShownMs = 1600;

/** A button that copies; it says so for a moment. */
export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      return;
    }
    setCopied(true);
    setTimeout(() => setCopied(false), kShownMs);
  };
  return (
    <button
      type="button"
      className={classes.copy}
      onClick={copy}
      aria-label={copied ? 'Copied' : label}
      title={label}
      data-copied={copied || undefined}
    >
      {copied ? <CheckIcon size={15} /> : <CopyIcon size={15} />}
    </button>
  );
}

/** Something short that people paste elsewhere. */
export function Copyable({ text }: { text: string }) {
  return (
    <span className={classes.inline}>
      <code>{text}</code>
      <CopyButton text={text} />
    </span>
  );
}

/** A line for a shell or for PowerShell. */
export function Command({ text }: { text: string }) {
  return (
    <span className={classes.command}>
      <code>{text}</code>
      <CopyButton text={text} label="Copy the command" />
    </span>
  );
}
