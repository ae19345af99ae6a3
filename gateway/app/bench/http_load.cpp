#include "gateway/app/bench/http_load.h"

#include <fmt/format.h>

#include <future>
#include <set>
#include <utility>

namespace gateway {

namespace {

constexpr std::chrono::minutes patience{5};

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
}

// What stands in quotes behind each `front`.
std::set<std::string> values_behind(std::string_view text, std::string_view front) {
    std::set<std::string> values;
    for (std::size_t at = text.find(front); at != std::string_view::npos;
         at = text.find(front, at)) {
        at += front.size();
        values.emplace(text.substr(at, text.find('"', at) - at));
    }
    return values;
}

// All calls of one run; on the reactor's thread once started.
class HttpRun {
public:
    HttpRun(Reactor& reactor, const ClientEndpoint& endpoint, const HttpLoadPlan& plan,
            const std::vector<std::shared_ptr<const std::string>>& messages)
        : plan_(plan),
          messages_(messages),
          reactor_(reactor),
          client_(reactor, endpoint,
                  {.total = patience, .connections_max = plan.connections, .waiting_max = 1'024}) {
        result_.messages.resize(messages.size());
    }

    LoadResult run() {
        const auto began = std::chrono::steady_clock::now();
        auto done = done_.get_future();
        reactor_.post([this] {
            for (std::size_t i = 0; i < plan_.connections; ++i) {
                send_next();
            }
        });
        done.wait();
        result_.took = std::chrono::steady_clock::now() - began;
        return std::move(result_);
    }

private:
    void send_next() {
        if (next_ >= messages_.size()) {
            return;
        }
        const std::size_t index = next_++;
        HttpCall call{.method = "POST", .target = plan_.target, .body = messages_[index]};
        call.headers.set("Content-Type", plan_.content_type);
        result_.messages[index].sent = std::chrono::steady_clock::now();
        client_.send(std::move(call), [this, index](const HttpResult& got) {
            LoadResult::Message& message = result_.messages[index];
            message.acknowledged = std::chrono::steady_clock::now();
            message.is_accepted = got.response && plan_.is_accepted(index, *got.response);
            send_next();
            if (++answered_ == messages_.size()) {
                done_.set_value();
            }
        });
    }

    const HttpLoadPlan& plan_;
    const std::vector<std::shared_ptr<const std::string>>& messages_;
    Reactor& reactor_;
    HttpClient client_;
    std::size_t next_ = 0;
    std::size_t answered_ = 0;
    LoadResult result_;
    std::promise<void> done_;
};

}  // namespace

std::vector<std::shared_ptr<const std::string>> make_fhir_messages(const std::string& template_json,
                                                                   std::size_t count) {
    const auto ids = values_behind(template_json, "\"id\": \"");
    const auto identifiers = values_behind(template_json, "\"value\": \"");
    std::vector<std::shared_ptr<const std::string>> messages;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string number = bench_number(i);
        std::string message = template_json;
        for (const std::string& id : ids) {
            const std::string digits = number.substr(bench_mark.size());
            replace_all(message, id, id.substr(0, id.size() - digits.size()) + digits);
        }
        for (const std::string& identifier : identifiers) {
            replace_all(message, fmt::format("\"value\": \"{}\"", identifier),
                        fmt::format("\"value\": \"{}\"", number));
        }
        messages.push_back(std::make_shared<const std::string>(std::move(message)));
    }
    return messages;
}

LoadResult run_http_load(Reactor& reactor, const ClientEndpoint& endpoint, const HttpLoadPlan& plan,
                         const std::vector<std::shared_ptr<const std::string>>& messages) {
    HttpRun run(reactor, endpoint, plan, messages);
    return run.run();
}

}  // namespace gateway
