'use strict';
// ews-javascript-api's Autodiscover by SOAP against the simulator, as its own example asks: several users at once.
//
//   node autodiscover_run.js https://ADDRESS:PORT        with SIM_PASSWORD (EXAMPLE\svc-mailward's) in the environment
//
// Ends with the line "whole".
const assert = require('node:assert/strict');
const ews = require('ews-javascript-api');

const names = ews.UserSettingName;
const codes = ews.AutodiscoverErrorCode;

async function main() {
  const service = new ews.AutodiscoverService(
    new ews.Uri(`${process.argv[2]}/autodiscover/autodiscover.svc`),
    ews.ExchangeVersion.Exchange2013,
  );
  service.Credentials = new ews.WebCredentials('EXAMPLE\\svc-mailward', process.env.SIM_PASSWORD);
  const wanted = [names.ExternalEwsUrl, names.UserDisplayName, names.ActiveDirectoryServer, names.AlternateMailboxes];
  const answer = await service.GetUserSettings(
    ['usera@example.test', 'nobody@example.test', 'userb@example.test'],
    wanted,
  );
  const [a, nobody, b] = answer.Responses;
  assert.equal(answer.Responses.length, 3);
  assert.equal(a.ErrorCode, codes.NoError);
  assert.match(a.Settings.get(names.ExternalEwsUrl), /\/EWS\/Exchange\.asmx$/);
  assert.equal(a.Settings.get(names.AlternateMailboxes).Entries[0].Type, 'Archive');
  assert.equal(a.UserSettingErrors[0].SettingName, 'ActiveDirectoryServer');
  assert.equal(nobody.ErrorCode, codes.InvalidUser);
  assert.equal(b.Settings.get(names.UserDisplayName), 'User & B');
  console.log('whole');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
