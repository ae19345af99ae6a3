// What was measured and found wanting in the libraries of Debian 12: headers that are not included,
// calls that are not made, and calls that need another beside them. ../shared/traps.md has the
// facts.
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <string>
#include <vector>

#include "tests/tidy/ban.h"
#include "tests/tidy/source_tree.h"

namespace gateway::tidy {
namespace {

const std::vector<Ban> banned_headers = {
    {"<Poco/Net/(HTTP|HTTPS|HTML|OAuth|WebSocket)", "<Poco/Net/HTTPServer.h>",
     "Poco's HTTP takes a cut body for a whole one; use gateway/net's HTTP on Beast's parsers"},
    {"<Poco/Net/(Secure|SSL|Context|X509|FTPS|Session|PrivateKey|Key|\\w*Certificate)",
     "<Poco/Net/SecureStreamSocket.h>",
     "Poco's TLS lets a wrong name pass after a slow handshake; use gateway/net/tls_stream"},
    {"<Poco/Net/PollSet", "<Poco/Net/PollSet.h>", "it tells no hang-up; use gateway/net/reactor"},
    {"<Poco/JWT/", "<Poco/JWT/Token.h>", "verifies expired tokens; use OpenSSL EVP in base/"},
    {"<Poco/JSON/", "<Poco/JSON/Parser.h>", "use gateway/format/json"},
    {"<Poco/(DOM|SAX|XML)/", "<Poco/DOM/DOMParser.h>", "crashes on deep input; use format/xml"},
    {"<Poco/(Zip/|Inflating)", "<Poco/InflatingStream.h>",
     "has no size limit; use zlib with output and ratio caps"},
    {"<Poco/RegularExpression", "<Poco/RegularExpression.h>", "use RE2"},
    {"<Poco/(DateTimeParser|NumberParser)", "<Poco/NumberParser.h>",
     "they accept garbage; use std::from_chars or format/fhir's types"},
    {"<Poco/URI", "<Poco/URI.h>",
     "it hides the real host; use parse_endpoint of base/settings/quantities.h"},
    {"<Poco/(Crypto|Data|MongoDB|Redis|ActiveRecord|Prometheus|SevenZip|PDF)/",
     "<Poco/Data/Session.h>",
     "of Poco only Foundation, Util and Net's plain sockets were measured"},
    {R"(<(regex|regex\.h|pcre\w*\.h|pcrecpp\.h|boost/(regex|xpressive)\S*)>)", "<regex>",
     "crashes on long input; use RE2 with a memory cap"},
    {"<rapidjson/(document|pointer|schema|prettywriter|writer)", "<rapidjson/document.h>",
     "its DOM and writer recurse and change numbers; use the reader in gateway/format/json"},
    {R"(<boost/(asio\.hpp|beast\.hpp|asio/(ip|ssl|io_|connect|read|write|\w*timer)))",
     "<boost/asio/ip/tcp.hpp>",
     "Beast is here to parse bytes; sockets and timers are gateway/net's"},
    {R"(<boost/beast/(ssl|websocket|core/\w*stream|http/(read|write)\.))",
     "<boost/beast/core/tcp_stream.hpp>",
     "Beast is here to parse bytes; sockets and TLS are gateway/net's"},
    {R"(<openssl/(engine|md[245]|sha|aes|des|rc[245]|blowfish|dsa|dh|cmac)\.h>)", "<openssl/sha.h>",
     "use EVP: base/digest.h"},
    {"<(libxml|pugixml|tinyxml|xercesc|rapidxml|boost/property_tree)", "<libxml/parser.h>",
     "there is one door for XML, with a depth limit and no DOCTYPE: gateway/format/xml"},
    {"<(hpdf|jwt|nlohmann|prometheus|sqlcipher|boost/json|mpdec)", "<jwt.h>",
     "not among the dependencies (README.md lists them)"},
};

const std::vector<Ban> banned_calls = {
    // Other headers of Poco bring some of these along.
    {R"(\bPoco::(JSON|JWT|XML|Zip|URI|NumberParser|DateTimeParser|RegularExpression)\b)",
     "Poco::NumberParser::parse",
     "std::from_chars, RE2, parse_endpoint of base/settings/quantities.h, or gateway/format"},
    {R"(\bPoco::Net::(HTTP\w*|Secure\w*|PollSet)\b)", "Poco::Net::PollSet", "use gateway/net"},
    {R"(\bkParse(FullPrecision|Insitu)Flag\b|\bParseInsitu\b)", "kParseFullPrecisionFlag",
     "it crashes, or writes into its input; numbers stay text (kParseNumbersAsStringsFlag)"},
    {R"(\bbody_limit\s*\()",
     "parser.body_limit(",
     "Beast does not hold a body with a length to a limit set after its head; http_reader.cpp does",
     {"gateway/net/http_reader.cpp"}},
    {R"(\b(uncompress2?|gzopen|gzread|gzdopen)\s*\()", "uncompress(",
     "inflate() with a cap on output and ratio, and look for Z_STREAM_END"},
    {R"(\bsqlite3_(wal_checkpoint(_v2)?|wal_autocheckpoint)\s*\()",
     "sqlite3_wal_checkpoint_v2(",
     "two connections that checkpoint can corrupt the file (SQLite 3.40.1): the writer alone does",
     {"gateway/flow/store/sqlite/session.cpp"}},
    {R"(\bsqlite3_(enable_shared_cache|enable_load_extension|load_extension)\s*\()",
     "sqlite3_enable_shared_cache(", "nothing here needs it"},
    {R"(\bENGINE_\w+\s*\(|\b(MD5|SHA\d+|AES|DES|RC4|DSA|DH|RSA|EC_KEY|HMAC|CMAC)_\w+\s*\()",
     "SHA256_Init(", "EVP and OSSL_PARAM; base/digest.h has the common ones"},
    {R"(\bSSL_(CTX_)?set_verify\s*\(|\bSSL_VERIFY_NONE\b)",
     "SSL_CTX_set_verify(",
     "who must prove who it is is settled in gateway/net/tls_context.cpp",
     {"gateway/net/tls_context.cpp", "gateway/app/bench/net/", "tests/"}},
    {R"(\bSSL_(read|write|connect|accept|do_handshake|shutdown)(_ex)?\s*\()",
     "SSL_read_ex(",
     "TlsStream clears OpenSSL's error queue before every call: gateway/net/tls_stream.cpp",
     {"gateway/net/tls_stream.cpp", "gateway/app/bench/net/", "tests/"}},
    {R"((?i)pragma\s+(main\.)?(mmap_size|wal_autocheckpoint)\s*=\s*[1-9])",
     "PRAGMA mmap_size = 268435456",
     "0 on every connection: the writer checkpoints, and a full disk must not be a SIGBUS",
     {},
     Where::text},
    {R"((?i)pragma\s+(main\.)?(synchronous\s*=\s*(off|normal|[01])|journal_mode\s*=\s*[^w\s]))",
     "PRAGMA synchronous = NORMAL",
     "WAL and synchronous=FULL: what was acknowledged is on the disk",
     {"tests/", "gateway/flow/store/sqlite/copy.cpp"},  // a backup is one file, without a log
     Where::text},
};

TEST(Libraries, RulesCatchTheirOwnExample) {
    check_examples(banned_headers);
    check_examples(banned_calls);
}

TEST(Libraries, NoHeaderThatWasMeasuredAndRefused) {
    check_includes(banned_headers);
}

TEST(Libraries, NoCallThatWasMeasuredAndRefused) {
    check_sources(banned_calls);
}

// A file of gateway/ in which `use` stands must say `guard` too.
struct Companion {
    const char* use;
    const char* guard;
    const char* reason;
};

const std::vector<Companion> companions = {
    {"#include <rapidjson/", "#define RAPIDJSON_ASSERT", "its assertions abort, or crash: throw"},
    {"rapidjson::Reader", "kParseIterativeFlag", "its default parser recurses and crashes"},
    {"rapidjson::Reader", "kParseNumbersAsStringsFlag", "else it rounds decimals"},
    {"rapidjson::Reader", "utf8_fault", "check the encoding before, in one pass"},
    {"RE2::Options", "set_max_mem", "a pattern from a message may be of any size: cap its memory"},
    {"make_shared<const RE2>", "RE2::Options", "a pattern needs options that cap its memory"},
    {"XML_ParserCreate", "XML_SetStartDoctypeDeclHandler", "stop at any DOCTYPE"},
    {"inflateInit", "Z_STREAM_END", "a stream that was cut is no error to zlib: look for its end"},
    {"SSL_new(", "ERR_clear_error", "a stale error turns a wait into a failure"},
    {"SSL_connect(", "SSL_set1_host", "the name of the peer is part of the handshake"},
    {"SSL_set_connect_state(", "SSL_set1_host", "the name of the peer is part of the handshake"},
    {"sqlite3_open_v2(", "sqlite3_busy_timeout(", "every wait has a deadline"},
};

TEST(Libraries, RiskyCallsHaveTheirGuardBesideThem) {
    for (const SourceFile& file : source_tree()) {
        for (const Companion& companion : companions) {
            const std::size_t at = file.code.find(companion.use);
            // The network benchmark's bare OpenSSL is what net is measured against.
            if (at == std::string::npos || !file.is_below("gateway/") ||
                file.is_below("gateway/app/bench/net/")) {
                continue;
            }
            EXPECT_NE(file.code.find(companion.guard), std::string::npos)
                << place(file, at) << "\n  needs " << companion.guard
                << " in this file: " << companion.reason;
        }
    }
}

}  // namespace
}  // namespace gateway::tidy
