// What the validator's tests share: one schema and validator, issues as short texts.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/engine/validate/validator.h"

namespace gateway {

const Validator& shared_validator();
const std::shared_ptr<const NameTable>& shared_names();

// Validates a JSON text that the reader accepts.
Issues issues_of_json(std::string_view json, ValidateOptions options = {});

// "structure Patient: Patient has no element …" for each issue; the severity only of warnings.
std::vector<std::string> texts(const Issues& issues);

}  // namespace gateway
