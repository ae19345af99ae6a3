// Where fresh ids come from: a seam, so that tests and replays get the same ones.
#pragma once

#include <string>

namespace gateway {

class IdSource {
public:
    virtual ~IdSource() = default;

    // A random UUID, version 4, lower case. Thread-safe.
    virtual std::string uuid() = 0;
};

class RandomIds final : public IdSource {
public:
    std::string uuid() override;
};

}  // namespace gateway
