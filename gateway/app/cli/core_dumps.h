// A core dump is the process's memory in a file: messages as they came, and the keys of the store.
#pragma once

namespace gateway {

// None is written from now on, whatever the system does with them, and no other process of the same
// user may look into the memory (prctl(2), PR_SET_DUMPABLE). False where that cannot be had.
bool forbid_core_dumps();

}  // namespace gateway
