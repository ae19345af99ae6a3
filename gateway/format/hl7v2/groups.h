// Nests the flat segments of a message into the groups of its structure, so that a map can say
// "the insurance of this referral" instead of counting segments. Groups carry the names of v2.xml
// without the prefix of the structure; one name for one thing in every version (2.3.1's PROVIDER is
// PROVIDER_CONTACT, 2.5's AUTHORIZATION_CONTACT2 is AUTHORIZATION_CONTACT).
//
// REF_I12 (also I13, I14, I15; HL7 v2.3.1 to v2.8, chapter 11.6), as FML sees it:
//
//   MSH
//   SFT*
//   UAC
//   RF1
//   AUTHORIZATION_CONTACT        AUT CTD
//   PROVIDER_CONTACT*            PRD CTD*
//   PID
//   NK1*
//   GT1*
//   INSURANCE*                   IN1 IN2 IN3
//   ACC
//   DG1*
//   DRG*
//   AL1*
//   PROCEDURE*                   PR1 AUTHORIZATION_CONTACT(AUT CTD)
//   OBSERVATION*                 OBR NTE* PRT* RESULTS_NOTES*(OBX PRT* NTE*)
//   PATIENT_VISIT                PV1 PV2
//   NTE*
//
// RRI_I12 (also I13 to I15):
//
//   MSH SFT* UAC MSA ERR* RF1 AUTHORIZATION_CONTACT PROVIDER_CONTACT* PID ACC DG1* DRG* AL1*
//   PROCEDURE* OBSERVATION* PATIENT_VISIT NTE*          (groups as above)
//
// So `msg.OBSERVATION as o then { o.OBR as obr …; o.RESULTS_NOTES as r then { r.OBX as obx … } }`.
// A group node has no value; its source range spans its segments. It is there as soon as one of its
// segments is, even where the sender left out the first (a warning says so).
//
// Lenient by rule: no segment is lost. A segment that stands out of order goes to its place in the
// structure and is reported as a warning; a segment that the structure does not know stays in the
// group that is open (a warning; a Z-segment only an information, since sites agree on those).
// An NTE that the structure does not foresee stays where it stands.
// Pure.
#pragma once

#include <string_view>

#include "gateway/base/issue.h"
#include "gateway/format/document/document.h"
#include "gateway/format/hl7v2/message_structure.h"

namespace gateway {

// Nests in place; `document` is as `read_hl7v2` made it. Returns what did not fit; with the
// `original` bytes, each issue has its line.
Issues group_segments(Document& document, const MessageStructure& structure,
                      std::string_view original = {});

// The same with the structure that MSH-9 names; a message without a known one stays flat.
Issues group_segments(Document& document, std::string_view original = {});

}  // namespace gateway
