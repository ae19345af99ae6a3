#include "gateway/base/settings/settings.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gateway/base/failure.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

// A configuration folder of its own for each test, with everything that a correct one refers to.
class SettingsFolder : public testing::Test {
protected:
    SettingsFolder() {
        std::string name = testing::TempDir() + "painbridge_settings_XXXXXX";
        root_ = ::mkdtemp(name.data());
        for (const char* folder : {"mappings", "profiles", "config/partners", "config/tls"}) {
            std::filesystem::create_directories(root_ / folder);
        }
        write("config/ids.key", "0123456789abcdef0123456789abcdef\n", 0600);
        write("config/store.key", std::string(64, '5') + "\n", 0600);
        write("config/tls/gateway.pem", "", 0644);
        write("config/tls/gateway.key", "", 0600);
        write("config/tls/ca.pem", "", 0644);
    }

    ~SettingsFolder() override { std::filesystem::remove_all(root_); }

    void write(const std::string& name, const std::string& content, mode_t mode = 0644) {
        const std::string path = (root_ / name).string();
        std::ofstream(path) << content;
        ::chmod(path.c_str(), mode);
    }

    Settings load(const std::string& toml) {
        write("config/painbridge.toml", toml);
        issues_ = {};
        return load_settings((root_ / "config").string(), issues_);
    }

    // Loads with everything required in place, then `more`.
    Settings load_good(const std::string& more = "") { return load(good_ + more); }

    bool has_issue(std::string_view text) const {
        return std::ranges::any_of(issues_, [text](const Issue& issue) {
            return issue.text.find(text) != std::string::npos;
        });
    }

    std::string shown() const { return render_settings_issues(issues_); }

    std::filesystem::path root_;
    Issues issues_;
    // Ends inside [store].
    const std::string good_ =
        "[ids]\nkey = { file = \"ids.key\" }\n"
        "[store]\nkeys = [{ file = \"store.key\" }]\n";
    const std::string clinic_ =
        "id = \"clinic\"\nname = \"Clinic\"\nrole = \"clinic\"\n"
        "[deliver]\nurl = \"https://clinic.example/fhir\"\nca = \"../tls/ca.pem\"\n"
        "certificate = \"../tls/gateway.pem\"\nkey = \"../tls/gateway.key\"\n";
    const std::string surgery_ =
        "id = \"surgery\"\nname = \"Surgery\"\nrole = \"gp\"\ninbound = [\"mllp\"]\n"
        "time_zone = \"Australia/Melbourne\"\n[certificate]\ndns = [\"GP.surgery.example\"]\n"
        "[[route]]\nwhen = \"true\"\nto = \"clinic\"\nreason = \"the only pain clinic\"\n";
};

TEST_F(SettingsFolder, KeepsTheDefaultsOfKeysThatAreNotThere) {
    const Settings settings = load_good();
    EXPECT_EQ(shown(), "");
    EXPECT_EQ(settings.limits.body_bytes_max, 16ULL << 20U);
    EXPECT_FALSE(settings.listen.mllp.enabled());
    EXPECT_EQ(settings.listen.ops.address, (Address{"127.0.0.1", 9464}));
}

TEST_F(SettingsFolder, ReadsEveryKindOfValue) {
    const Settings settings = load_good(
        "[limits]\nbody_bytes_max = \"1MiB\"\nidle = \"2min\"\nconnections_max = 7\n"
        "[log]\nlevel = \"debug\"\n[listen.mllp]\naddress = \"0.0.0.0:2575\"\n"
        "certificate = \"tls/gateway.pem\"\nkey = \"tls/gateway.key\"\nca = \"tls/ca.pem\"\n");
    EXPECT_EQ(shown(), "");
    EXPECT_EQ(settings.limits.body_bytes_max, 1U << 20U);
    EXPECT_EQ(settings.limits.idle, 2min);
    EXPECT_EQ(settings.limits.connections_max, 7U);
    EXPECT_EQ(settings.log.level, LogLevel::debug);
    EXPECT_EQ(settings.listen.mllp.address, (Address{"0.0.0.0", 2575}));
}

TEST_F(SettingsFolder, ResolvesPathsAgainstTheFileThatNamesThem) {
    const Settings settings = load_good("path = \"data/p.db\"\n");
    EXPECT_EQ(settings.store.path, (root_ / "config/data/p.db").string());
    EXPECT_EQ(settings.mappings.folder, (root_ / "mappings").string());
}

TEST_F(SettingsFolder, ShowsAnUnknownKeyWithItsPlaceAndTheNearestOne) {
    load_good("[limits]\nidel = \"30s\"\n");
    EXPECT_EQ(shown(), (root_ / "config/painbridge.toml").string() +
                           ":6:1: error: idel is not a key here; did you mean idle? (limits.idel)\n"
                           "    idel = \"30s\"\n    ^\n");
}

TEST_F(SettingsFolder, ReportsAllFaultsAtOnce) {
    load_good(
        "[limits]\nidle = 30\nhead = \"10 fortnights\"\ndepth_max = 5\nbody_bytes_max = \"0B\"\n"
        "[log]\nlevel = \"loud\"\n[stroe]\n[threads]\nio = 0\n");
    EXPECT_EQ(issues_.size(), 7U) << shown();
    EXPECT_TRUE(has_issue("idle must be a text in quotes, not a whole number"));
    EXPECT_TRUE(has_issue("head must be a duration such as"));
    EXPECT_TRUE(has_issue("depth_max must be from 16 to 1000"));
    EXPECT_TRUE(has_issue("body_bytes_max must be from 1KiB to 1GiB"));
    EXPECT_TRUE(has_issue("level must be one of debug, info, warning, error"));
    EXPECT_TRUE(has_issue("stroe is not a key here; did you mean store?"));
}

TEST_F(SettingsFolder, PointsAtTheMistakeInATextThatIsNotToml) {
    load("[limits\nidle = 3\n");
    ASSERT_EQ(issues_.size(), 1U);
    EXPECT_EQ(issues_[0].position.line, 1U);
    EXPECT_TRUE(has_issue("this is not TOML"));
}

TEST_F(SettingsFolder, SurvivesWhatTomlPlusPlusHoldsToBeImpossible) {
    load("[store]\npath = \"a\".duplicates_kept = \"3d\"\n");
    ASSERT_EQ(issues_.size(), 1U);
    EXPECT_EQ(issues_[0].position.line, 2U);
    EXPECT_TRUE(has_issue("this is not TOML"));
}

TEST_F(SettingsFolder, RefusesAListenerForPartnersWithoutTls) {
    load_good("[listen.https]\naddress = \"127.0.0.1:8443\"\n");
    EXPECT_TRUE(has_issue("listen.https.certificate is missing"));
    EXPECT_TRUE(has_issue("listen.https.key is missing"));
    EXPECT_TRUE(has_issue("listen.https.ca is missing"));
}

TEST_F(SettingsFolder, RefusesAnOpsListenerThatOthersCanReach) {
    for (const char* address : {"0.0.0.0:9464", "10.0.0.1:9464", "[::]:9464", "[fe80::1]:9464"}) {
        load_good("[listen.ops]\naddress = \"" + std::string(address) + "\"\n");
        EXPECT_TRUE(has_issue("its address must be loopback")) << address;
    }
    for (const char* address : {"127.0.0.1:9464", "127.8.9.1:0", "[::1]:9464"}) {
        load_good("[listen.ops]\naddress = \"" + std::string(address) + "\"\n");
        EXPECT_EQ(shown(), "") << address;
    }
}

TEST_F(SettingsFolder, RefusesASecretThatStandsInTheFile) {
    load("[ids]\nkey = \"0123456789abcdef\"\n");
    EXPECT_TRUE(has_issue("key is a secret and never stands here itself"));
    EXPECT_EQ(shown().find("0123456789abcdef\" is"), std::string::npos);
}

TEST_F(SettingsFolder, RefusesAKeyFileThatOthersMayRead) {
    write("config/ids.key", "x", 0640);
    load_good();
    EXPECT_TRUE(has_issue("run chmod 600 on it"));
}

TEST_F(SettingsFolder, SaysHowToMakeTheKeysThatAreMissing) {
    load("");
    EXPECT_TRUE(has_issue("openssl rand -hex 32 > ids.key"));
    EXPECT_TRUE(has_issue("openssl rand -hex 32 > store.key"));
}

TEST_F(SettingsFolder, TakesPostgresOnThisMachineWithoutTls) {
    const Settings settings = load_good("[store.postgres]\nhost = \"/run/postgresql\"\n");
    EXPECT_TRUE(settings.store.postgres.enabled()) << shown();
    EXPECT_FALSE(has_issue("store.postgres"));
}

TEST_F(SettingsFolder, RefusesPostgresElsewhereWithoutProofOfEitherSide) {
    load_good("[store.postgres]\nhost = \"127.0.0.1,db.example\"\n");
    EXPECT_TRUE(has_issue("store.postgres.ca is missing")) << shown();
    EXPECT_TRUE(has_issue("neither a password nor a certificate")) << shown();
    write("config/pg.password", "x", 0600);
    load_good(
        "[store.postgres]\nhost = \"db.example\"\npassword = { file = \"pg.password\" }\n"
        "ca = \"tls/ca.pem\"\n");
    EXPECT_FALSE(has_issue("postgres")) << shown();
}

TEST_F(SettingsFolder, RefusesPostgresThatIsHalfSaid) {
    load_good("[store.postgres]\nca = \"tls/ca.pem\"\n");
    EXPECT_TRUE(has_issue("store.postgres.host is missing")) << shown();
    load_good("[store.postgres]\nhost = \"/run/postgresql\"\nkey = \"tls/gateway.key\"\n");
    EXPECT_TRUE(has_issue("go together")) << shown();
    load_good("[store.postgres]\nhost = \"/run/postgresql\"\npassword = \"secret\"\n");
    EXPECT_FALSE(issues_.empty());
}

TEST_F(SettingsFolder, ReadsAListOfSecrets) {
    write("config/new.key", std::string(64, '6') + "\n", 0600);
    const Settings settings =
        load("[store]\nkeys = [{ file = \"new.key\" }, { env = \"OLD_KEY\" }]\n");
    ASSERT_EQ(settings.store.keys.size(), 2U);
    EXPECT_EQ(read_secret(settings.store.keys[0]), std::string(64, '6'));
    EXPECT_EQ(settings.store.keys[1], (SecretReference{SecretReference::Kind::env, "OLD_KEY"}));
}

TEST_F(SettingsFolder, RefusesAListOfSecretsThatStandInTheFile) {
    for (const char* keys : {"[]", "\"5555\"", "[\"5555\"]", "{ file = \"store.key\" }",
                             "[{ file = \"store.key\" }, { value = \"5555\" }]"}) {
        load(std::string("[store]\nkeys = ") + keys + "\n");
        EXPECT_TRUE(has_issue("keys is a list of secrets, which never stand here themselves"))
            << keys;
    }
}

TEST_F(SettingsFolder, RefusesAMasterKeyThatOthersMayRead) {
    write("config/store.key", std::string(64, '5'), 0640);
    load_good();
    EXPECT_TRUE(has_issue("run chmod 600 on it"));
}

TEST_F(SettingsFolder, ReadsASecretAtUse) {
    const Settings settings = load_good();
    EXPECT_EQ(read_secret(settings.ids.key), "0123456789abcdef0123456789abcdef");
    ::setenv("PAINBRIDGE_TEST_KEY", "from-env", 1);
    EXPECT_EQ(read_secret({SecretReference::Kind::env, "PAINBRIDGE_TEST_KEY"}), "from-env");
    EXPECT_THROW(read_secret({SecretReference::Kind::env, "PAINBRIDGE_NOT_SET"}), Failure);
    EXPECT_THROW(read_secret({}), Failure);
}

TEST_F(SettingsFolder, HashesWhatItRead) {
    const std::string first = load_good().hash;
    EXPECT_EQ(load_good().hash, first);
    EXPECT_NE(load_good("# a comment\n").hash, first);
    write("config/partners/clinic.toml", clinic_);
    EXPECT_NE(load_good().hash, first);
}

TEST_F(SettingsFolder, ReadsPartners) {
    write("config/partners/clinic.toml", clinic_);
    write("config/partners/surgery.toml", surgery_);
    const Settings settings = load_good();
    EXPECT_EQ(shown(), "");
    ASSERT_EQ(settings.partners.size(), 2U);
    const Partner* clinic = settings.partner("clinic");
    ASSERT_NE(clinic, nullptr);
    EXPECT_EQ(clinic->deliver.host, "clinic.example");
    EXPECT_EQ(clinic->deliver.port, 443);
    EXPECT_EQ(clinic->deliver.path, "/fhir");
    EXPECT_EQ(clinic->deliver.server_name, "clinic.example");
    const Partner* surgery = settings.partner("surgery");
    ASSERT_NE(surgery, nullptr);
    EXPECT_TRUE(surgery->may_send_on(Channel::mllp));
    EXPECT_FALSE(surgery->may_send_on(Channel::https));
    EXPECT_EQ(surgery->certificate.dns, std::vector<std::string>{"gp.surgery.example"});
    EXPECT_TRUE(surgery->answer.hears_of(AnswerEvent::declined));
    EXPECT_FALSE(surgery->answer.hears_of(AnswerEvent::booked));
    EXPECT_EQ(surgery->routes[0].position, (Position{9, 1}));
}

TEST_F(SettingsFolder, RefusesARouteToNobody) {
    write("config/partners/clinic.toml", clinic_);
    std::string surgery = surgery_;
    surgery.replace(surgery.find("\"clinic\""), 8, "\"clinik\"");
    write("config/partners/surgery.toml", surgery);
    load_good();
    EXPECT_TRUE(has_issue("there is no partner clinik; did you mean clinic?"));
}

// `route` in place of what stands behind surgery_'s [[route]].
class RoutesOfASurgery : public SettingsFolder {
protected:
    Settings load_routes(const std::string& route) {
        write("config/partners/clinic.toml", clinic_);
        std::string archive = clinic_;
        archive.replace(archive.find("clinic"), 6, "archive");
        archive.replace(archive.find("https://clinic.example/fhir"), 27,
                        "mllps://archive.example:2575\"\nkind = \"mllp");
        write("config/partners/archive.toml", archive);
        const std::string head = surgery_.substr(0, surgery_.find("[[route]]"));
        write("config/partners/surgery.toml", head + route);
        return load_good();
    }

    // Line and column of the one fault.
    std::pair<std::size_t, std::size_t> fault_at(std::string_view text) const {
        for (const Issue& issue : issues_) {
            if (issue.text.find(text) != std::string::npos) {
                return {issue.position.line, issue.position.column};
            }
        }
        return {0, 0};
    }
};

TEST_F(RoutesOfASurgery, NameOneDestinationOrSeveral) {
    const Settings settings = load_routes(
        "[[route]]\npass = true\nmessage = [\"REF^I12\", \"ADT\"]\nchannel = [\"mllp\"]\n"
        "sending_application = [\"GPSYS\"]\nto = [\"archive\", \"clinic\"]\nreason = \"r\"\n"
        "[[route]]\nwhen = \"true\"\nto = \"clinic\"\nreason = \"r\"\n");
    EXPECT_EQ(shown(), "");
    const std::vector<RouteRule>& routes = settings.partner("surgery")->routes;
    ASSERT_EQ(routes.size(), 2U);
    EXPECT_TRUE(routes[0].pass);
    EXPECT_EQ(routes[0].to, (std::vector<std::string>{"archive", "clinic"}));
    EXPECT_EQ(routes[0].head.message, (std::vector<std::string>{"REF^I12", "ADT"}));
    EXPECT_EQ(routes[0].head.channel, std::vector<Channel>{Channel::mllp});
    EXPECT_FALSE(routes[1].pass);
    EXPECT_EQ(routes[1].to, std::vector<std::string>{"clinic"});
}

struct RouteFault {
    std::string name;
    std::string route;
    std::string text;
    std::pair<std::size_t, std::size_t> at;
};

class RouteNonsense : public RoutesOfASurgery, public testing::WithParamInterface<RouteFault> {};

TEST_P(RouteNonsense, IsToldWithItsPlace) {
    load_routes(GetParam().route);
    EXPECT_EQ(fault_at(GetParam().text), GetParam().at) << shown();
}

const std::string pass_to_archive = "[[route]]\npass = true\nto = \"archive\"\nreason = \"r\"\n";

INSTANTIATE_TEST_SUITE_P(
    Each, RouteNonsense,
    testing::Values(
        RouteFault{"PassWithWhen",
                   pass_to_archive + "message = [\"REF\"]\nwhen = \"true\"\n",
                   "never mapped",
                   {13, 1}},
        RouteFault{"PassOfNothing", pass_to_archive, "message is missing", {8, 1}},
        RouteFault{
            "PassOfNoEvent", pass_to_archive + "event = []\n", "at least one, such as", {12, 1}},
        RouteFault{"PassOfFhirOverMllp",
                   pass_to_archive + "event = [\"x\"]\n",
                   "passes FHIR on as well",
                   {10, 1}},
        RouteFault{
            "PassOfAnEmptyList", pass_to_archive + "message = []\n", "at least one type", {12, 1}},
        RouteFault{"AStructureForAType",
                   pass_to_archive + "message = [\"REF_I12\"]\n",
                   "REF_I12 is no message type",
                   {12, 1}},
        RouteFault{"AHeadFactForAMappedMessage",
                   "[[route]]\nmessage = [\"REF\"]\nto = \"clinic\"\nreason = \"r\"\n",
                   "message is read only with pass = true",
                   {9, 1}},
        RouteFault{"PassBelowAMappedRule",
                   "[[route]]\nto = \"clinic\"\nreason = \"r\"\n" + pass_to_archive +
                       "message = [\"REF\"]\n",
                   "must stand above",
                   {12, 1}},
        RouteFault{"AChannelThatItDoesNotSendOn",
                   pass_to_archive + "message = [\"REF\"]\nchannel = [\"https\"]\n",
                   "does not send by https",
                   {13, 1}},
        RouteFault{"ADestinationTwice",
                   "[[route]]\nto = [\"clinic\", \"clinic\"]\nreason = \"r\"\n",
                   "clinic is named twice",
                   {9, 1}},
        RouteFault{"NoDestination",
                   "[[route]]\nto = []\nreason = \"r\"\n",
                   "at least one partner",
                   {9, 1}},
        RouteFault{"AnUnknownOneAmongSeveral",
                   "[[route]]\nto = [\"clinic\", \"clinik\"]\nreason = \"r\"\n",
                   "there is no partner clinik; did you mean clinic?",
                   {9, 1}},
        RouteFault{"AMappedReferralOverMllp",
                   "[[route]]\nto = \"archive\"\nreason = \"r\"\n",
                   "takes HL7 v2 over MLLP",
                   {9, 1}},
        RouteFault{"ItsOwnMessagesBack",
                   "[[route]]\npass = true\nmessage = [\"REF\"]\nto = \"surgery\"\nreason = "
                   "\"r\"\n[deliver]\nkind = \"mllp\"\nurl = \"mllps://s.example:1\"\nca = "
                   "\"../tls/ca.pem\"\ncertificate = \"../tls/gateway.pem\"\nkey = "
                   "\"../tls/gateway.key\"\n",
                   "would get its own messages back",
                   {11, 1}}),
    [](const auto& tested) { return tested.param.name; });

TEST_F(SettingsFolder, RefusesASenderThatNoCertificateProves) {
    write("config/partners/surgery.toml",
          "id = \"surgery\"\nname = \"S\"\nrole = \"gp\"\ninbound = [\"mllp\"]\n");
    load_good();
    EXPECT_TRUE(has_issue("must be known by its certificate"));
}

TEST_F(SettingsFolder, RefusesTwoPartnersWithOneCertificate) {
    write("config/partners/clinic.toml",
          clinic_ + "[certificate]\ndns = [\"gp.surgery.example\"]\n");
    write("config/partners/surgery.toml", surgery_);
    load_good();
    EXPECT_TRUE(has_issue("gp.surgery.example already stands for the partner clinic"));
}

struct BadPartner {
    const char* what;
    const char* replaced;
    const char* by;
    const char* fault;
};

class BadPartners : public SettingsFolder, public testing::WithParamInterface<BadPartner> {};

TEST_P(BadPartners, AreRefused) {
    std::string clinic = clinic_;
    const std::size_t at = clinic.find(GetParam().replaced);
    ASSERT_NE(at, std::string::npos);
    clinic.replace(at, std::string_view(GetParam().replaced).size(), GetParam().by);
    write("config/partners/clinic.toml", clinic);
    load_good();
    EXPECT_TRUE(has_issue(GetParam().fault)) << shown();
}

INSTANTIATE_TEST_SUITE_P(
    Settings, BadPartners,
    testing::Values(
        BadPartner{"NoId", "id = \"clinic\"\n", "", "id is missing"},
        BadPartner{"AnOddId", "\"clinic\"", "\"The Clinic\"", "lower-case letters"},
        BadPartner{"AnotherFileName", "\"clinic\"", "\"other\"", "named after its partner"},
        BadPartner{"AnUnknownRole", "role = \"clinic\"", "role = \"clinnic\"",
                   "did you mean clinic?"},
        BadPartner{"AnUnknownZone", "[deliver]", "time_zone = \"Mars/Base\"\n[deliver]", "IANA"},
        BadPartner{"PlainHttp", "https://", "http://", "url must be https://"},
        BadPartner{"AUserInTheUrl", "clinic.example/", "good.example@evil.example/", "url must be"},
        BadPartner{"ABackslash", "clinic.example/", "good.example\\\\@evil.example/",
                   "url must be"},
        BadPartner{"AShortAddress", "clinic.example/", "127.1/", "url must be"},
        BadPartner{"AHexAddress", "clinic.example/", "0x7f000001/", "url must be"},
        BadPartner{"AQuery", "/fhir", "/fhir?x=1", "url must be"},
        BadPartner{"PortNought", "clinic.example/", "clinic.example:0/", "url must be"},
        BadPartner{"AnotherKind", "[deliver]\n", "[deliver]\nkind = \"mllp\"\n",
                   "mllps://host:port"},
        BadPartner{"AMissingFile", "../tls/ca.pem", "../tls/none.pem", "is not a file"},
        BadPartner{"AWildcard", "[deliver]", "[certificate]\ndns = [\"*.example\"]\n[deliver]",
                   "must be exact"},
        BadPartner{"AShortPin", "[deliver]", "[certificate]\nspki_sha256 = [\"ab\"]\n[deliver]",
                   "64 hexadecimal digits"},
        BadPartner{"ABadFactor", "[deliver]\n", "[deliver]\nretry = { factor = nan }\n",
                   "factor must be from 1 to 10"}),
    [](const testing::TestParamInfo<BadPartner>& each) { return std::string(each.param.what); });

constexpr const char* listener_with_trust =
    "[listen.mllp]\naddress = \"127.0.0.1:2575\"\ncertificate = \"tls/gateway.pem\"\n"
    "key = \"tls/gateway.key\"\n[[listen.mllp.trust]]\ngroup = \"default\"\n"
    "ca = \"tls/ca.pem\"\n";

TEST_F(SettingsFolder, TakesATrustStoreForEachGroupInsteadOfOneForAll) {
    write("config/partners/clinic.toml", clinic_);
    const Settings settings = load_good(listener_with_trust);
    EXPECT_TRUE(issues_.empty()) << shown();
    const auto trust = settings.listen.mllp.all_trust();
    ASSERT_EQ(trust.size(), 1U);
    EXPECT_EQ(trust[0].group, "default");
    EXPECT_TRUE(trust[0].ca.ends_with("config/tls/ca.pem"));
}

TEST_F(SettingsFolder, RefusesTwoTrustStoresForOneGroup) {
    write("config/partners/clinic.toml", clinic_);
    load_good(std::string{listener_with_trust} +
              "[[listen.mllp.trust]]\ngroup = \"default\"\nca = \"tls/ca.pem\"\n");
    EXPECT_TRUE(has_issue("has two trust stores")) << shown();
}

TEST_F(SettingsFolder, RefusesATrustStoreWithoutGroupOrFile) {
    load_good(
        "[listen.mllp]\naddress = \"127.0.0.1:2575\"\ncertificate = "
        "\"tls/gateway.pem\"\nkey = \"tls/gateway.key\"\n[[listen.mllp.trust]]\n"
        "ca = \"tls/absent.pem\"\n");
    EXPECT_TRUE(has_issue("it names the partners")) << shown();
    EXPECT_TRUE(has_issue("is not a file")) << shown();
}

// Each is a fault that toml++ 3.3 alone takes for impossible.
const std::string pager = "[[alarms.sink]]\nname = \"pager\"\ncommand = [\"/bin/true\"]\n";

TEST_F(SettingsFolder, ReadsWhoIsToldOfAlarms) {
    write("config/token", "secret", 0600);
    const AlarmSettings alarms =
        load_good("[alarms]\nurgent = [\"breaker\"]\n[alarms.responsible]\nbreaker = \"Ann\"\n" +
                  pager +
                  "[[alarms.sink]]\nname = \"chat\"\nurl = \"https://chat.example/in\"\n"
                  "ca = \"tls/ca.pem\"\ntoken = { file = \"token\" }\nurgency = [\"normal\"]\n")
            .alarms;
    EXPECT_EQ(shown(), "");
    ASSERT_EQ(alarms.sinks.size(), 2U);
    EXPECT_EQ(alarms.sinks[1].host + alarms.sinks[1].path, "chat.example/in");
    EXPECT_FALSE(alarms.sinks[1].takes(Urgency::urgent));
    EXPECT_TRUE(alarms.sinks[0].takes(Urgency::urgent));
    EXPECT_EQ(alarms.urgency_of(AlarmClass::breaker), Urgency::urgent);
    EXPECT_EQ(alarms.urgency_of(AlarmClass::quarantine), Urgency::normal);
    EXPECT_EQ(alarms.responsible_for(AlarmClass::breaker), "Ann");
    EXPECT_EQ(alarms.responsible_for(AlarmClass::disk_low), "");
}

TEST_F(SettingsFolder, RefusesAlarmsThatWouldReachNobody) {
    load_good(pager + "urgency = [\"urgent\"]\n");
    EXPECT_TRUE(has_issue("no alarm sink takes normal alarms"));
    load_good(pager + pager);
    EXPECT_TRUE(has_issue("two alarm sinks are called pager"));
    load_good(pager + "url = \"https://chat.example/in\"\nca = \"tls/ca.pem\"\n");
    EXPECT_TRUE(has_issue("either a command or a url"));
    load_good("[[alarms.sink]]\nname = \"pager\"\ncommand = [\"page\"]\n");
    EXPECT_TRUE(has_issue("absolute path of a program"));
    EXPECT_NE(shown().find("painbridge.toml:7:1: error: command must begin"), std::string::npos)
        << shown();
}

TEST_F(SettingsFolder, RefusesAWebhookThatIsNotSafe) {
    const std::string chat = "[[alarms.sink]]\nname = \"chat\"\n";
    load_good(chat + "url = \"http://chat.example/in\"\nca = \"tls/ca.pem\"\n");
    EXPECT_TRUE(has_issue("url must be that of a webhook"));
    load_good(chat + "url = \"https://chat.example/in\"\n");
    EXPECT_TRUE(has_issue("ca is missing"));
    load_good(chat + "url = \"https://chat.example/in\"\nca = \"tls/ca.pem\"\ntoken = \"abc\"\n");
    EXPECT_TRUE(has_issue("token is a secret and never stands here itself"));
}

TEST_F(SettingsFolder, ReadsAMailRelayAndHowToReachIt) {
    write("config/password", "secret", 0600);
    const std::string mail =
        "ca = \"tls/ca.pem\"\nfrom = \"a@x.example\"\nto = [\"b@x.example\"]\n";
    const std::string login = "user = \"a\"\npassword = { file = \"password\" }\n";
    const auto read = [&](const std::string& url, const std::string& more) {
        return load_good("[[alarms.sink]]\nname = \"mail\"\nurl = \"" + url + "\"\n" + more)
            .alarms.sinks.at(0);
    };
    const AlarmSinkSettings sink = read("smtp://relay.example:587", mail + login);
    EXPECT_EQ(shown(), "");
    EXPECT_EQ(sink.relay, AlarmSinkSettings::Relay::start_tls);
    EXPECT_EQ(sink.host, "relay.example");
    EXPECT_EQ(sink.port, 587);
    EXPECT_EQ(read("smtps://relay.example:465", mail).relay, AlarmSinkSettings::Relay::tls);
    EXPECT_EQ(shown(), "");
    EXPECT_EQ(read("smtp-plain://relay.example:25", mail.substr(mail.find("from"))).relay,
              AlarmSinkSettings::Relay::plain);
    EXPECT_EQ(shown(), "");
    read("smtp-plain://relay.example:25", mail + login);
    EXPECT_TRUE(has_issue("a password is not sent over smtp-plain"));
    read("smtp://relay.example", mail);
    EXPECT_TRUE(has_issue("url must be smtp://host:port"));
    read("smtp://relay.example:587", mail + "user = \"a\"\n");
    EXPECT_TRUE(has_issue("user and password go together"));
    read("smtp://relay.example:587", "ca = \"tls/ca.pem\"\nfrom = \"a\"\nto = [\"b@x>\"]\n");
    EXPECT_TRUE(has_issue("from must be one address"));
    EXPECT_TRUE(has_issue("to must be a list of addresses"));
}

struct BrokenToml {
    const char* what;
    const char* line;
    const char* fault;
};

class BrokenTomls : public SettingsFolder, public testing::WithParamInterface<BrokenToml> {};

TEST_P(BrokenTomls, AreRefusedWithTheirLine) {
    load(std::string("[limits]\n") + GetParam().line + "\n");
    EXPECT_TRUE(has_issue(GetParam().fault)) << shown();
    EXPECT_NE(shown().find("painbridge.toml:2:"), std::string::npos) << shown();
}

INSTANTIATE_TEST_SUITE_P(
    Settings, BrokenTomls,
    testing::Values(BrokenToml{"ControlCharactersInATable", "[\x01\x01i", "broken on this line"},
                    BrokenToml{"ALetterOutsideOfAText", "é = 1", "saw 'é'"},
                    BrokenToml{"APresentationForm", "\uFE7F = 1", "saw '\uFE7F'"},
                    BrokenToml{"AnIdeograph", "x = \u3042", "could not determine value type"}),
    [](const testing::TestParamInfo<BrokenToml>& each) { return std::string(each.param.what); });

}  // namespace
}  // namespace gateway
