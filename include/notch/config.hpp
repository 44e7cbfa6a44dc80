// SPDX-License-Identifier: MIT
#include "version.hpp"

#ifndef NOTCH_CONFIG_HPP
#define NOTCH_CONFIG_HPP

// Every switch of notch, with what it costs. None has to be set.
//
//   NOTCH_REFLECTION   20 or 26: which reflection reads the fields of a struct. Default: 26 where the compiler
//                      has it (-std=c++26 -freflection), else 20. 20 compiles faster; 26 reads annotations and
//                      has no limit of 64 fields. All parts of a program must agree, or they get two copies of notch.
//   NOTCH_NO_SIMD      defined: the portable 8-byte string scan instead of SSE2. The bytes written are the same;
//                      writing long strings takes about half as long again.

#if !defined(__cplusplus) || (__cplusplus < 202002L && !(defined(_MSVC_LANG) && _MSVC_LANG >= 202002L))
#error "notch: needs C++20 (for example -std=c++20)"
#endif

#ifndef NOTCH_REFLECTION
#if defined(__cpp_impl_reflection) && defined(__cpp_lib_reflection)
#define NOTCH_REFLECTION 26
#elif defined(__cpp_impl_reflection) && defined(__has_include)
#if __has_include(<meta>)
#define NOTCH_REFLECTION 26
#endif
#endif
#endif
#ifndef NOTCH_REFLECTION
#define NOTCH_REFLECTION 20
#endif

// NOTCH_ABI names the inline namespace: version, reflection backend, exception mode. Translation units that differ
// in one of them get different symbols and so link into one program.
#define NOTCH_ABI_PASTE2(x, y, z, cxx, mode) v##x##_##y##_##z##_cxx##cxx##_##mode
#define NOTCH_ABI_PASTE(x, y, z, cxx, mode) NOTCH_ABI_PASTE2(x, y, z, cxx, mode)
#if defined(__cpp_exceptions)
#define NOTCH_ABI NOTCH_ABI_PASTE(NOTCH_VERSION_MAJOR, NOTCH_VERSION_MINOR, NOTCH_VERSION_PATCH, NOTCH_REFLECTION, throw)
#else
#define NOTCH_ABI NOTCH_ABI_PASTE(NOTCH_VERSION_MAJOR, NOTCH_VERSION_MINOR, NOTCH_VERSION_PATCH, NOTCH_REFLECTION, nothrow)
#endif

#endif
