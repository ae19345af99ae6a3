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
// Pure; structures are immutable and shared.
#pragma once

#include <string_view>
#include <vector>

#include "gateway/base/issue.h"
#include "gateway/format/document/document.h"

namespace gateway {

class MessageStructure {
public:
    // One segment or group. Elements stand in order, a group before what it holds.
    struct Element {
        std::string_view name;
        std::size_t parent = 0;  // index of the group; the message itself is element 0
        std::size_t end = 0;     // one past the last element inside; a segment's own index + 1
        bool required = false;
        bool repeats = false;

        bool is_group() const { return inside; }

        bool inside = false;
    };

    // From the notation of the standard: `[ ]` optional, `{ }` repeating, `NAME( )` a group:
    // "MSH [{SFT}] RF1 {PROVIDER_CONTACT(PRD [{CTD}])}". Throws std::logic_error for anything else:
    // structures are part of the program. `text` must outlive the structure.
    MessageStructure(std::string_view name, std::string_view text);

    std::string_view name() const { return elements_[0].name; }

    const std::vector<Element>& elements() const { return elements_; }

private:
    std::vector<Element> elements_;
};

// The structure of a message: by MSH-9.3, else by MSH-9.1 and MSH-9.2 (`REF`, `I14` -> REF_I12).
// Nothing for messages that this gateway knows no groups for: they stay flat.
const MessageStructure* find_structure(std::string_view type, std::string_view event,
                                       std::string_view structure);

// Nests in place; `document` is as `read_hl7v2` made it. Returns what did not fit.
Issues group_segments(Document& document, const MessageStructure& structure);

// The same with the structure that MSH names; a message without a known one stays flat.
Issues group_segments(Document& document);

}  // namespace gateway
