// SPDX-License-Identifier: MIT
module notch/tests/interop/metering

go 1.19
