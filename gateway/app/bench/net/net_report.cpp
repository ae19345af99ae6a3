#include "gateway/app/bench/net/net_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "gateway/app/bench/net/raw_tls.h"
#include "gateway/format/json/writer.h"

namespace gateway {

namespace {

constexpr double share_of_others_max = 0.05;

std::string quoted(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

std::string faults_as_json(const NetFigure& figure) {
    std::string out = "[";
    for (const std::string& fault : figure.faults) {
        out += (out.size() > 1 ? "," : "") + quoted(fault);
    }
    return out + "]";
}

}  // namespace

bool NetReport::is_sound() const {
    return std::ranges::all_of(
        figures, [](const NamedFigure& named) { return named.figure.faults.empty(); });
}

void print_text(const NetReport& report, std::ostream& out) {
    out << "machine: " << report.machine << '\n'
        << fmt::format(
               "TLS: {}, both sides with ECDSA P-256 certificates, no resumption\n"
               "load: client and server on these cores, in one process; kept: {} server and {} "
               "client threads with {} connections each; new: {} callers\n",
               openssl_version(), report.load.server_threads, report.load.client_threads,
               report.load.connections_each, new_connection_callers());
    for (const auto& [name, title, figure] : report.figures) {
        const Percentiles latency = figure.latency();
        out << fmt::format(
            "{:<34} {:>7.0f}/s   p50 {:>6.3f} ms, p99 {:>6.3f} ms   CPU each: server {:>5.1f} us, "
            "client {:>5.1f} us\n",
            title, figure.rate(), latency.p50_ms, latency.p99_ms, figure.server_cpu_us(),
            figure.client_cpu_us());
        for (const std::string& fault : figure.faults) {
            out << "  VOID: " << fault << '\n';
        }
    }
    if (report.of_raw_connections > 0) {
        out << fmt::format(
            "new connections, of the raw loop's: {:.0f} %; by the server's CPU alone: {:.0f} %\n",
            report.of_raw_connections * 100, report.of_raw_server_cpu * 100);
    }
    if (report.share_of_others > share_of_others_max) {
        out << fmt::format(
            "THE MACHINE WAS NOT QUIET: others took {:.0f} % of its cores; only the CPU each "
            "holds\n",
            report.share_of_others * 100);
    }
    out << (report.is_sound() ? "every answer was counted and right\n" : "THE RUN IS VOID\n");
}

void print_json(const NetReport& report, std::ostream& out) {
    out << "{\"machine\":" << quoted(report.machine) << ",\"tls\":" << quoted(openssl_version())
        << fmt::format(
               ",\"server_threads\":{},\"client_threads\":{},\"connections_each\":{},"
               "\"new_connection_callers\":{}",
               report.load.server_threads, report.load.client_threads, report.load.connections_each,
               new_connection_callers())
        << ",\"figures\":{";
    std::string_view comma;
    for (const auto& [name, title, figure] : report.figures) {
        const Percentiles latency = figure.latency();
        out << comma << quoted(name)
            << fmt::format(
                   ":{{\"per_second\":{:.1f},\"requests\":{},\"p50_ms\":{:.4f},\"p99_ms\":{:.4f},"
                   "\"server_cpu_us\":{:.2f},\"client_cpu_us\":{:.2f},\"faults\":{}}}",
                   figure.rate(), figure.requests, latency.p50_ms, latency.p99_ms,
                   figure.server_cpu_us(), figure.client_cpu_us(), faults_as_json(figure));
        comma = ",";
    }
    out << fmt::format(
        "}},\"of_raw_connections\":{:.3f},\"of_raw_server_cpu\":{:.3f},"
        "\"share_of_others\":{:.3f},\"sound\":{}}}\n",
        report.of_raw_connections, report.of_raw_server_cpu, report.share_of_others,
        report.is_sound());
}

}  // namespace gateway
