// SPDX-License-Identifier: MIT
// Internal macros. Every header that uses one includes this file; notch.hpp ends with unmacros.hpp, so none leaks.
#ifndef NOTCH_INTERNAL_MACROS
#define NOTCH_INTERNAL_MACROS

#if defined(__GNUC__)
#define NOTCH_INTERNAL_INLINE [[gnu::always_inline]] inline
#define NOTCH_INTERNAL_COLD [[gnu::noinline, gnu::cold]]
#elif defined(_MSC_VER)
#define NOTCH_INTERNAL_INLINE __forceinline
#define NOTCH_INTERNAL_COLD __declspec(noinline)
#else
#define NOTCH_INTERNAL_INLINE inline
#define NOTCH_INTERNAL_COLD
#endif

// The same for a lambda, behind its parameters.
#if defined(__GNUC__)
#define NOTCH_INTERNAL_INLINE_LAMBDA __attribute__((always_inline))
#else
#define NOTCH_INTERNAL_INLINE_LAMBDA
#endif

// Makes the optimiser forget where a pointer came from, at no cost. GCC 12 to 16 otherwise warn (-Warray-bounds), in the
// program that called notch, about the short inside of a std::string that would not hold a text they know to be longer.
#if defined(__GNUC__)
#define NOTCH_INTERNAL_FORGET(pointer) __asm__("" : "+r"(pointer))
#else
#define NOTCH_INTERNAL_FORGET(pointer) static_cast<void>(pointer)
#endif

// Evaluates an expression for every element of the packs in it, in their order. Unlike a fold it does not nest, and clang
// nests no deeper than 256.
#define NOTCH_INTERNAL_IN_ORDER(...)                                                                     \
    do {                                                                                                 \
        [[maybe_unused]] const bool in_order[] = {true, (static_cast<void>(__VA_ARGS__), true)...};      \
    } while (false)

#if defined(__cpp_exceptions)
#define NOTCH_INTERNAL_TRY try
#define NOTCH_INTERNAL_CATCH_ALL catch (...)
#else
#define NOTCH_INTERNAL_TRY if constexpr (true)
#define NOTCH_INTERNAL_CATCH_ALL else
#endif

#if !defined(NOTCH_NO_SIMD) && (defined(__SSE2__) || defined(_M_X64))
#define NOTCH_INTERNAL_SSE2 1
#else
#define NOTCH_INTERNAL_SSE2 0
#endif

#endif
