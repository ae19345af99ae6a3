# Copies FROM to TO with TEXT replaced by FAULT. A text that is gone, or stands twice, fails the
# build: a fault that is not there would be "not found" for ever.
file(READ ${FROM} source)
string(FIND "${source}" "${TEXT}" first)
string(FIND "${source}" "${TEXT}" last REVERSE)
if(first EQUAL -1 OR NOT first EQUAL last)
  message(FATAL_ERROR "${FROM} does not hold this text exactly once: ${TEXT}\n"
                      "Say in tests/CMakeLists.txt (seeded_fault) how the fault is made now.")
endif()
string(REPLACE "${TEXT}" "${FAULT}" source "${source}")
file(WRITE ${TO} "${source}")
