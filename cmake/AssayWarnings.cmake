# Warnings are errors everywhere in this tree; headers of others are system headers.
include_guard(GLOBAL)

set(ASSAY_WARNINGS
    -Werror
    -Wall
    -Wextra
    -Wpedantic
    -Wshadow
    -Wnon-virtual-dtor
    -Woverloaded-virtual
    -Wextra-semi
    -Wno-missing-field-initializers # designated initialisers name what they set
    -Wno-restrict # false alarms of g++ 12 on std::string + (GCC bug 105651)
)

# What copies std::optional<at::Tensor> gets false alarms of g++ 12 (GCC bug 80635).
set(ASSAY_PLUGIN_WARNINGS ${ASSAY_WARNINGS} -Wno-maybe-uninitialized)
