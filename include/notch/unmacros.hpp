// SPDX-License-Identifier: MIT
// The end of every umbrella: takes back what macros.hpp defined.
#undef NOTCH_INTERNAL_MACROS
#undef NOTCH_INTERNAL_INLINE
#undef NOTCH_INTERNAL_INLINE_LAMBDA
#undef NOTCH_INTERNAL_COLD
#undef NOTCH_INTERNAL_IN_ORDER
#undef NOTCH_INTERNAL_TRY
#undef NOTCH_INTERNAL_CATCH_ALL
#undef NOTCH_INTERNAL_SSE2
