import { NativeSelect } from '@mantine/core';

import { SecretInput } from '~/parts/secret_input';
import { TrustField } from '~/trust/trust_field';

import classes from './connection.module.css';
import { Line } from './fields';
import { fieldLabels, type ProxySignIn } from './form_model';
import type { Editor } from './use_editor';

const ways: Record<ProxySignIn, string> = {
  none: 'no sign-in',
  basic: 'Basic',
  ntlm: 'NTLM',
  negotiate: 'Negotiate (Kerberos)',
};

/** The proxy on the way to the servers. Without an address there is nothing more to ask. */
export function ProxyFields({ editor, readOnly }: { editor: Editor; readOnly: boolean }) {
  const { base, values, problems } = editor;
  const same = { editor, readOnly };
  const isSet = values.proxy_url.trim() !== '';
  const signsIn = isSet && values.proxy_sign_in !== 'none';
  return (
    <div className={classes.group}>
      <Line
        {...same}
        field="proxy_url"
        placeholder="http://proxy.example.test:3128"
        description="Optional: what goes to Exchange goes by it. Begins with https:// where the proxy itself is spoken to by TLS."
      />
      {isSet && (
        <NativeSelect
          label={fieldLabels.proxy_sign_in}
          name="proxy_sign_in"
          disabled={readOnly}
          value={values.proxy_sign_in}
          error={problems['proxy_sign_in']}
          data={Object.entries(ways).map(([value, label]) => ({ value, label }))}
          onChange={(event) => editor.set('proxy_sign_in', event.currentTarget.value as ProxySignIn)}
        />
      )}
      {signsIn && (
        <Line {...same} field="proxy_user" required description="As the proxy knows it: UPN or DOMAIN\name." />
      )}
      {signsIn && (
        <SecretInput
          label="Proxy password"
          description={base?.has_proxy_password ? 'One is stored. Empty means: unchanged.' : 'None is stored yet.'}
          name="proxy-password"
          autoComplete="new-password"
          data-1p-ignore
          data-lpignore="true"
          spellCheck={false}
          readOnly={readOnly}
          value={editor.proxyPassword}
          error={problems['proxy_password']}
          onChange={(event) => editor.setProxyPassword(event.currentTarget.value)}
        />
      )}
      {values.proxy_url.trim().toLowerCase().startsWith('https://') && (
        <TrustField
          label={fieldLabels.proxy_trust_pem}
          pem={values.proxy_trust_pem}
          problem={problems['proxy_trust_pem']}
          readOnly={readOnly}
          onChange={(pem) => editor.set('proxy_trust_pem', pem)}
        />
      )}
    </div>
  );
}
