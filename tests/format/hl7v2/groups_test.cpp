#include "gateway/format/hl7v2/groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/format/hl7v2/path.h"
#include "gateway/format/hl7v2/segments.h"
#include "tests/format/hl7v2/messages.h"

namespace gateway {
namespace {

// `MSH PROVIDER_CONTACT(PRD CTD) PID`.
std::string drawn(const Document& document, NodeId node) {
    std::string out;
    for (NodeId at = document.first_child(node); at != no_node; at = document.next(at)) {
        out += out.empty() ? "" : " ";
        out += document.name(at);
        if (!is_segment(document, at)) {
            out += "(" + drawn(document, at) + ")";
        }
    }
    return out;
}

Document flat(std::string_view type, std::string_view names) {
    std::string text{"MSH|^~\\&|A|B|C|D|2026||"};
    text += type;
    text += "\r";
    for (std::size_t at = 0; at < names.size(); at += 4) {
        text.append(names.substr(at, 3)).append("|1\r");
    }
    return read_message(text);
}

struct Case {
    const char* name;
    const char* segments;
    const char* drawn;
    std::vector<std::string> reported;
};

class Groups : public testing::TestWithParam<Case> {};

TEST_P(Groups, AreThoseOfTheStructureAndLoseNoSegment) {
    Document document = flat("REF^I12^REF_I12", GetParam().segments);
    const std::size_t before = segments(document).size();
    const Issues issues = group_segments(document);

    EXPECT_EQ(drawn(document, document.root()), GetParam().drawn);
    EXPECT_EQ(segments(document).size(), before);
    std::vector<std::string> reported;
    for (const Issue& issue : issues) {
        reported.push_back(issue.source);
    }
    EXPECT_EQ(reported, GetParam().reported);
}

INSTANTIATE_TEST_SUITE_P(
    RefI12, Groups,
    testing::Values(
        Case{"Smallest", "PRD PID", "MSH PROVIDER_CONTACT(PRD) PID", {}},
        Case{"Whole",
             "SFT RF1 AUT CTD PRD CTD CTD PRD PID NK1 NK1 GT1 IN1 IN2 IN1 IN3 ACC DG1 DG1 DRG AL1 "
             "PR1 AUT CTD PR1 OBR NTE OBX NTE NTE OBX OBR OBX PV1 PV2 NTE NTE",
             "MSH SFT RF1 AUTHORIZATION_CONTACT(AUT CTD) PROVIDER_CONTACT(PRD CTD CTD) "
             "PROVIDER_CONTACT(PRD) PID NK1 NK1 GT1 INSURANCE(IN1 IN2) INSURANCE(IN1 IN3) ACC DG1 "
             "DG1 DRG AL1 PROCEDURE(PR1 AUTHORIZATION_CONTACT(AUT CTD)) PROCEDURE(PR1) "
             "OBSERVATION(OBR NTE RESULTS_NOTES(OBX NTE NTE) RESULTS_NOTES(OBX)) "
             "OBSERVATION(OBR RESULTS_NOTES(OBX)) PATIENT_VISIT(PV1 PV2) NTE NTE",
             {}},
        Case{"PublishedSample",
             "SFT RF1 AUT PRD PRD PID NK1 GT1 IN1 IN2 ACC DG1 AL1 PR1 AUT OBR "
             "NTE OBX PRT NTE PV1 PV2 NTE",
             "MSH SFT RF1 AUTHORIZATION_CONTACT(AUT) PROVIDER_CONTACT(PRD) PROVIDER_CONTACT(PRD) "
             "PID NK1 GT1 INSURANCE(IN1 IN2) ACC DG1 AL1 PROCEDURE(PR1 AUTHORIZATION_CONTACT(AUT)) "
             "OBSERVATION(OBR NTE RESULTS_NOTES(OBX PRT NTE)) PATIENT_VISIT(PV1 PV2) NTE",
             {}},
        Case{"OutOfOrder",
             "PRD PID AL1 DG1 PR1",
             "MSH PROVIDER_CONTACT(PRD) PID AL1 DG1 PROCEDURE(PR1)",
             {"DG1"}},
        Case{"VisitBeforeResults",
             "PRD PID PV1 OBR OBX OBX PV2",
             "MSH PROVIDER_CONTACT(PRD) PID PATIENT_VISIT(PV1) "
             "OBSERVATION(OBR RESULTS_NOTES(OBX) RESULTS_NOTES(OBX)) PATIENT_VISIT(PV2)",
             {"OBR", "PV2"}},
        Case{"AllergyAmongResults",
             "PRD PID OBR OBX AL1 OBX",
             "MSH PROVIDER_CONTACT(PRD) PID OBSERVATION(OBR RESULTS_NOTES(OBX) RESULTS_NOTES(OBX)) "
             "AL1",
             {"AL1"}},
        Case{"SecondPatient",
             "PRD PID PID DG1",
             "MSH PROVIDER_CONTACT(PRD) PID PID DG1",
             {"PID[2]"}},
        Case{"GroupWithoutItsFirst",
             "PRD PID IN2 OBX",
             "MSH PROVIDER_CONTACT(PRD) PID INSURANCE(IN2) OBSERVATION(RESULTS_NOTES(OBX))",
             {"IN2", "OBX"}},
        Case{"LocalSegments",
             "PRD ZPR PID ZPI OBR OBX ZOB OBX PV1",
             "MSH PROVIDER_CONTACT(PRD ZPR) PID ZPI OBSERVATION(OBR RESULTS_NOTES(OBX ZOB) "
             "RESULTS_NOTES(OBX)) PATIENT_VISIT(PV1)",
             {"ZPR", "ZPI", "ZOB"}},
        Case{"UnknownSegment", "PRD PID TXA DG1", "MSH PROVIDER_CONTACT(PRD) PID TXA DG1", {"TXA"}},
        Case{"CommentOnThePatient",
             "PRD PID NTE NTE DG1 PV1 NTE",
             "MSH PROVIDER_CONTACT(PRD) PID NTE NTE DG1 PATIENT_VISIT(PV1) NTE",
             {"NTE", "NTE[2]"}},
        Case{"CommentAtTheEnd",
             "PRD PID NTE ZZZ",
             "MSH PROVIDER_CONTACT(PRD) PID NTE ZZZ",
             {"ZZZ"}}),
    [](const auto& each) { return each.param.name; });

TEST(GroupSegments, ReportsLocalSegmentsAsInformationOthersAsWarningWithTheirLine) {
    const std::string text = message({plain_msh, "PRD|RP", "PID|1", "ZPI|1", "TXA|1"});
    Document document = read_message(text);
    const Issues issues = group_segments(document, text);

    ASSERT_EQ(issues.size(), 2U);
    EXPECT_EQ(issues[0].severity, Severity::information);
    EXPECT_EQ(issues[0].position, (Position{4, 1}));
    EXPECT_EQ(issues[1].severity, Severity::warning);
    EXPECT_EQ(issues[1].position, (Position{5, 1}));
}

TEST(GroupSegments, SpansItsSegmentsAndMarksGroupsThatRepeat) {
    const std::string text = message({plain_msh, "PRD|RP", "CTD|1", "PID|1", "PV1|1"});
    Document document = read_message(text);
    group_segments(document);
    const NodeId provider = document.child(document.root(), "PROVIDER_CONTACT");
    const SourceRange range = document.source(provider);

    EXPECT_EQ(text.substr(range.offset, range.length), "PRD|RP\rCTD|1");
    EXPECT_TRUE(document.repeats(provider));
    EXPECT_FALSE(document.repeats(document.child(document.root(), "PATIENT_VISIT")));
}

TEST(GroupSegments, LeavesAMessageFlatWhoseStructureItDoesNotKnow) {
    Document document = flat("ADT^A01", "PID PV1");

    EXPECT_TRUE(group_segments(document).empty());
    EXPECT_EQ(drawn(document, document.root()), "MSH PID PV1");
}

TEST(FindStructure, GoesByStructureElseByTypeAndEvent) {
    const auto name = [](const MessageStructure* structure) {
        return structure == nullptr ? std::string_view{"none"} : structure->name();
    };

    EXPECT_EQ(name(find_structure("REF", "I12", "REF_I12")), "REF_I12");
    EXPECT_EQ(name(find_structure("REF", "I14", "")), "REF_I12");
    EXPECT_EQ(name(find_structure("REF", "I14", "REF_I14")), "REF_I12");
    EXPECT_EQ(name(find_structure("RRI", "I13", "")), "RRI_I12");
    EXPECT_EQ(name(find_structure("RRI", "I12", "RRI_I12")), "RRI_I12");
    EXPECT_EQ(name(find_structure("REF", "I16", "")), "none");
    EXPECT_EQ(name(find_structure("ADT", "A01", "ADT_A01")), "none");
    EXPECT_EQ(name(find_structure("", "", "")), "none");
}

TEST(MessageStructure, RefusesANotationThatIsNotWellFormed) {
    for (const char* text : {"A(", "A)", "[A", "A]", "{A", "A}", "A([B)", "A({B)"}) {
        EXPECT_THROW(MessageStructure("X", text), std::logic_error) << text;
    }
    const MessageStructure structure("X", "A [{B(C [D])}]");
    EXPECT_EQ(structure.elements().size(), 5U);
    EXPECT_TRUE(structure.elements()[2].repeats);
    EXPECT_FALSE(structure.elements()[2].required);
    EXPECT_TRUE(structure.elements()[3].required);
    EXPECT_EQ(structure.elements()[4].parent, 2U);
}

TEST(FieldPath, CountsFromTheSecondOn) {
    Document document = read_message(
        message({plain_msh, "PRD|RP", "PID|||a^b&c~~d^e", "OBR|1", "OBX|1", "OBX|2||x|y"}));
    const auto check = [&] {
        std::vector<std::string> paths;
        for (const NodeId segment : segments(document)) {
            for (NodeId field = document.first_child(segment); field != no_node;
                 field = document.next(field)) {
                paths.push_back(field_path(document, field));
                EXPECT_EQ(FieldPaths(document).of(field), paths.back());
            }
        }
        EXPECT_THAT(paths, testing::IsSupersetOf({"MSH-9", "PRD-1", "PID-3", "PID-3[3]", "OBX-1",
                                                  "OBX[2]-1", "OBX[2]-3", "OBX[2]-4"}));
    };
    check();
    group_segments(document);
    check();

    const NodeId pid = document.child(document.root(), "PID");
    EXPECT_EQ(field_path(document, pid), "PID");
    EXPECT_EQ(field_path(document, document.at(pid, {"f3", "c2", "s2"})), "PID-3.2.2");
    EXPECT_EQ(field_path(document, document.child(document.children(pid, "f3")[1], "c2")),
              "PID-3[3].2");
    EXPECT_EQ(field_path(document, document.child(document.root(), "OBSERVATION")), "OBSERVATION");
    EXPECT_EQ(field_path(document, document.root()), "");
}

TEST(FieldPath, NamesManyPlacesInLinearTime) {
    std::string text{plain_msh};
    text += "\r";
    for (int i = 0; i < 4'000; ++i) {
        text += "OBX|1|ST|a^b~c\r";
    }
    text += "NTE|";
    for (int i = 0; i < 4'000; ++i) {
        text += "x~";
    }
    const Document document = read_message(text);
    const FieldPaths paths(document);
    std::size_t size = 0;
    for (NodeId node = 1; node < document.node_count(); ++node) {
        size += paths.of(node).size();
    }

    EXPECT_GT(size, document.node_count() * 5);
    const NodeId last = document.children(document.root(), "OBX").back();
    EXPECT_EQ(paths.of(document.child(last, "f1")), "OBX[4000]-1");
    EXPECT_EQ(paths.of(static_cast<NodeId>(document.node_count() - 1)), "NTE-1[4000]");
}

}  // namespace
}  // namespace gateway
