#include "gateway/net/listener.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "gateway/base/failure.h"
#include "gateway/net/plain_stream.h"
#include "gateway/net/tls_stream.h"

namespace gateway {

namespace {

// Descriptors may be free again by then.
constexpr std::chrono::milliseconds pause_without_resources{100};

// Reactors may stop while we wait for their connections.
constexpr std::chrono::milliseconds look_again{50};

}  // namespace

// The listening socket on its reactor, and what it needs to open a connection.
class Listener::Doorway final : public Watched, public std::enable_shared_from_this<Doorway> {
public:
    Doorway(std::vector<Reactor*> reactors, Settings settings, Open open,
            std::shared_ptr<Roster> roster)
        : reactors_(std::move(reactors)),
          socket_(settings.address),
          settings_(std::move(settings)),
          open_(std::move(open)),
          roster_(std::move(roster)) {}

    const IpPort& address() const { return socket_.address(); }

    void start() { watch_ = home().watch(socket_.descriptor(), shared_from_this()); }

    void stop() {
        home().unwatch(watch_, socket_.descriptor());
        socket_.close();
    }

    Reactor& home() const { return *reactors_.front(); }

    void replace_tls(std::shared_ptr<const TlsContext> tls) {
        const std::lock_guard lock(tls_mutex_);
        settings_.tls = std::move(tls);
    }

    void on_event() override {
        for (;;) {
            Accepted accepted = socket_.accept();
            switch (accepted.status) {
                case AcceptStatus::accepted:
                    admit(std::move(*accepted.socket), accepted.peer_ip);
                    break;
                case AcceptStatus::gone_again:
                    break;
                case AcceptStatus::none_waiting:
                    return;
                case AcceptStatus::out_of_resources:
                    return pause();
            }
        }
    }

private:
    void admit(Socket socket, const std::string& peer_ip) {
        auto place = roster_->enter(peer_ip);
        if (!place) {
            return report(peer_ip, "accept", "too many connections");
        }
        try {
            next_ = (next_ + 1) % reactors_.size();
            hand_over(*reactors_[next_], make_stream(std::move(socket)), peer_ip,
                      std::move(*place));
        } catch (const Failure& failure) {
            report(peer_ip, "accept", failure.internal());
        }
    }

    std::unique_ptr<Stream> make_stream(Socket socket) {
        const std::lock_guard lock(tls_mutex_);
        if (!settings_.tls) {
            return std::make_unique<PlainStream>(std::move(socket));
        }
        return TlsStream::accepting(std::move(socket), *settings_.tls);
    }

    void hand_over(Reactor& reactor, std::unique_ptr<Stream> stream, const std::string& peer_ip,
                   RosterPlace place) {
        const auto id = place.id();
        std::shared_ptr<ServerConnection> connection =
            open_(Arrival{reactor, std::move(stream), peer_ip, std::move(place)});
        roster_->seat(id, connection);
        if (reactor.on_own_thread()) {
            connection->start(settings_.limits.handshake);
        } else {
            reactor.post(
                [connection, opening = settings_.limits.handshake] { connection->start(opening); });
        }
    }

    // Edge-triggered: nobody would tell us again of those who wait.
    void pause() {
        report("", "accept", "out of descriptors or memory; raise the limit of open files");
        home().after(pause_without_resources, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) {
                self->on_event();
            }
        });
    }

    void report(const std::string& peer_ip, std::string stage, std::string reason) const {
        if (settings_.on_fault) {
            settings_.on_fault({peer_ip, std::move(stage), std::move(reason)});
        }
    }

    std::vector<Reactor*> reactors_;
    ListeningSocket socket_;
    Settings settings_;
    std::mutex tls_mutex_;  // guards settings_.tls
    Open open_;
    std::shared_ptr<Roster> roster_;
    WatchId watch_ = 0;
    std::size_t next_ = 0;
};

Listener::Listener(std::vector<Reactor*> reactors, const Settings& settings, Open open)
    : reactors_(std::move(reactors)),
      roster_(std::make_shared<Roster>(settings.limits)),
      doorway_(std::make_shared<Doorway>(reactors_, settings, std::move(open), roster_)),
      address_(doorway_->address()) {
    if (settings.tls == nullptr && !is_loopback(address_.ip)) {
        throw Failure(Category::invalid, "listener refused",
                      "a listener on " + address_.ip +
                          " without TLS: give it certificates, or bind it to 127.0.0.1");
    }
    doorway_->home().settle([this] { doorway_->start(); });
}

Listener::~Listener() {
    stop(std::chrono::milliseconds(0));
}

void Listener::replace_tls(std::shared_ptr<const TlsContext> tls) {
    doorway_->replace_tls(std::move(tls));
}

void Listener::for_each_connection(const std::function<void(ServerConnection&)>& act) {
    for (const auto& connection : roster_->connections()) {
        connection->home().post([connection, act] { act(*connection); });
    }
}

void Listener::close_where(const std::function<bool(const PeerCertificate&)>& unwelcome) {
    for_each_connection([unwelcome](ServerConnection& connection) {
        const auto peer = connection.peer_certificate();
        if (peer && unwelcome(*peer)) {
            connection.close();
        }
    });
}

// Reactors that do not run can serve no connection, nor end one.
bool Listener::running() const {
    return std::ranges::all_of(reactors_,
                               [](const Reactor* reactor) { return reactor->running(); });
}

void Listener::stop(std::chrono::milliseconds grace) {
    if (stopped_) {
        return;
    }
    stopped_ = true;
    doorway_->home().settle([this] { doorway_->stop(); });
    if (!running()) {
        return;
    }
    const auto deadline = std::chrono::steady_clock::now() + grace;
    for_each_connection([](ServerConnection& connection) { connection.drain(); });
    if (roster_->wait_until_empty(deadline)) {
        return;
    }
    for_each_connection([](ServerConnection& connection) { connection.close(); });
    // Whoever owns the application may destroy it after this: not before the last call into it.
    while (running() && !roster_->wait_until_empty(std::chrono::steady_clock::now() + look_again)) {
    }
}

}  // namespace gateway
