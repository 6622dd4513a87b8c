#pragma once

#include "base/measure.h"

/// What is the same of every line of this room: title, why, how soon, who asks for it. Internal to connections/.
namespace mailward::connections::measure_texts {

// Of service accounts, by the directory and the books.
extern const MeasureInfo kPasswordAge;
extern const MeasureInfo kPasswordNeverExpires;
extern const MeasureInfo kLastRotation;
extern const MeasureInfo kRotationDrill;
extern const MeasureInfo kPasswordSetters;
extern const MeasureInfo kPrivilegedGroups;
extern const MeasureInfo kLogonRestrictions;
extern const MeasureInfo kNotDelegated;
extern const MeasureInfo kAesOnly;
extern const MeasureInfo kPreauthentication;
extern const MeasureInfo kNoServiceName;
// Of connections, from outside.
extern const MeasureInfo kRefusedMailbox;
extern const MeasureInfo kMailboxCheck;
extern const MeasureInfo kSchemeUsed;
extern const MeasureInfo kBasicOffered;
extern const MeasureInfo kNtlmOffered;
extern const MeasureInfo kExtendedProtection;
extern const MeasureInfo kTlsVersions;
extern const MeasureInfo kHsts;
extern const MeasureInfo kCertificateExpiry;
extern const MeasureInfo kCertificateStrength;
extern const MeasureInfo kCertificateChain;
extern const MeasureInfo kServerSupport;

}  // namespace mailward::connections::measure_texts
