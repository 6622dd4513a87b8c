import { PasswordInput, type PasswordInputProps } from '@mantine/core';

/** A password's field. The library's own marks an error by colour alone; this one says it to assistive software too. */
export function SecretInput(props: PasswordInputProps) {
  return <PasswordInput aria-invalid={props.error ? true : undefined} {...props} />;
}
