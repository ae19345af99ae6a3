// The demo's plot: three referrals go over, two are answered, one is refused, and every loop must
// close. Prints as it goes.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "gateway/app/demo/child.h"
#include "gateway/app/demo/stage.h"
#include "gateway/flow/store/store.h"
#include "gateway/format/document/document.h"

namespace gateway {

enum class Ending {
    answered,  // taken, delivered, answered: the loop closes at home
    refused,   // not taken, with a reason that a person understands
};

struct Scene {
    std::string title;
    std::string file;
    Ending ending = Ending::answered;
};

// The three messages; the second is the published sample where that is present.
std::vector<Scene> scenes_of(const std::string& assets);

class Story final {
public:
    // Looks into the gateway's store, beside the gateway.
    using OpenReads = std::function<std::unique_ptr<StoreReads>()>;

    Story(const Stage& stage, OpenReads open_reads, Child& gp, Child& clinic, std::ostream& out);

    // Whether the scene ended as it should.
    bool play(const Scene& scene);

private:
    bool play_refusal(const Document& acknowledged);
    bool play_answer(const Scene& scene, const Document& acknowledged);
    bool show_letter(const std::string& task, const Document& source);
    void show_trace(const std::string& message);
    void show_fhir(const std::string& file);
    void show_hl7v2(const std::string& file);

    const Stage& stage_;
    OpenReads open_reads_;
    Child& gp_;
    Child& clinic_;
    std::ostream& out_;
    std::shared_ptr<const NameTable> names_;
};

}  // namespace gateway
