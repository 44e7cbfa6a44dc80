// SPDX-License-Identifier: MIT
// notch: structured metric and metering events, from a plain struct to a durable JSON-lines ledger and back.
//
// Table of contents, in the order of the data's way:
//   base    errors and results as values, the clock, the operating system
//   event   what a struct is: its name, its fields, their options and rules
//   json    values to JSON and back, strictly
//   record  the Recorder: from any thread to whole batches of lines
//   sink    where batches go: files, streams, several of these, a test
//   read    files of untrusted writers: opened safely, read within limits, taken over one by one, kept in quarantine; ledgers,
//           read back and audited
//   domain  vocabularies of systems that notch speaks with: the metrics of self-hosted runners, the metering of virtual machines
#include "version.hpp"

#ifndef NOTCH_NOTCH_HPP
#define NOTCH_NOTCH_HPP

#include "config.hpp"
#include "macros.hpp"

#include "base/buffer.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/handler.hpp"
#include "base/instant.hpp"
#include "base/platform.hpp"
#include "base/platform_directory.hpp"
#include "base/platform_identity.hpp"
#include "base/platform_ledger.hpp"
#include "base/platform_read.hpp"
#include "base/platform_spawn.hpp"
#include "base/platform_stream.hpp"
#include "base/result.hpp"
#include "base/text_store.hpp"

#include "event/name.hpp"
#include "event/options.hpp"
#include "event/kind.hpp"
#include "event/reflect.hpp"
#include "event/rules.hpp"
#include "event/event.hpp"

#include "json/limits.hpp"
#include "json/parse.hpp"
#include "json/encode.hpp"
#include "json/line.hpp"
#include "json/decode.hpp"

#include "record/batch.hpp"
#include "record/common.hpp"
#include "record/options.hpp"
#include "record/stats.hpp"
#include "record/scope.hpp"
#include "record/recorder.hpp"
#include "record/recovery.hpp"

#include "sink/file_options.hpp"
#include "sink/file_control.hpp"
#include "sink/file.hpp"
#include "sink/logrotate.hpp"
#include "sink/null.hpp"
#include "sink/stream.hpp"
#include "sink/tee.hpp"
#include "sink/capture.hpp"

#include "read/directory.hpp"
#include "read/file.hpp"
#include "read/quarantine.hpp"
#include "read/intake.hpp"
#include "read/ledger.hpp"

#include "domain/runner.hpp"
#include "domain/metering.hpp"
#include "domain/metering_usage.hpp"

#include "unmacros.hpp"

#endif
