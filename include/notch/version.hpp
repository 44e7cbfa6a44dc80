// SPDX-License-Identifier: MIT
// The only place a version of notch is typed: the build files read the three numbers below.
// No include guard on purpose: a second, different notch in one translation unit must be noticed.
#if defined(NOTCH_VERSION_MAJOR) && !defined(NOTCH_VERSION_IS_0_1_0)
#error "notch: two versions of notch meet in this translation unit; include only one of them here"
#endif
#define NOTCH_VERSION_MAJOR 0
#define NOTCH_VERSION_MINOR 1
#define NOTCH_VERSION_PATCH 0
#define NOTCH_VERSION_IS_0_1_0
