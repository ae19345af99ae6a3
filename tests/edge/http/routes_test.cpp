#include "gateway/edge/http/routes.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

Category refusal(std::string_view method, std::string_view target) {
    try {
        find_route(partner_routes(), method, target);
    } catch (const Failure& failure) {
        return failure.category();
    }
    ADD_FAILURE() << method << ' ' << target << " was routed";
    return Category::fault;
}

TEST(Routes, FindAnInteractionAndItsId) {
    const RouteMatch match = find_route(partner_routes(), "PUT", "/fhir/Task/a-1.b?x=y");
    EXPECT_EQ(match.interaction, update_task);
    EXPECT_EQ(match.id, "a-1.b");
    EXPECT_EQ(find_route(partner_routes(), "GET", "/fhir/Task/1").interaction, read_task);
    EXPECT_EQ(find_route(ops_routes(), "GET", "/health/live").interaction, check_live);
    EXPECT_EQ(find_route(ops_routes(), "HEAD", "/health/live").interaction, check_live);
}

TEST(Routes, RefuseWhatIsNotThere) {
    for (const char* target :
         {"/", "/fhir/Task", "/fhir/Task/", "/fhir/Task/a/b", "/fhir/Task/a%2e", "/fhir/Patient/1",
          "/fhir/Task/../Task/1", "/health/live", "/FHIR/Task/1", ""}) {
        EXPECT_EQ(refusal("GET", target), Category::not_found) << target;
    }
    EXPECT_EQ(refusal("DELETE", "/fhir/Task/1"), Category::method_not_allowed);
    EXPECT_EQ(refusal("HEAD", "/hl7v2"), Category::method_not_allowed);
    EXPECT_EQ(refusal("get", "/fhir/Task/1"), Category::method_not_allowed);
}

}  // namespace
}  // namespace gateway
