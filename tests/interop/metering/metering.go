// SPDX-License-Identifier: MIT

// Command metering is the other side of the interoperation test: entries as a service in Go writes and reads them, with the
// encoding/json of the toolchain that builds it.
//
//	metering write SEED COUNT   COUNT random entries, one a line
//	metering read               what Go makes of each line of standard input: "ok LINE", the entry written again, or "no REASON"
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand"
	"os"
	"strconv"
	"time"
)

// Entry is cocoon's: the order of its fields is that of the wire.
type Entry struct {
	Kind             string    `json:"kind"`
	VMID             string    `json:"vm_id,omitempty"`
	SnapshotID       string    `json:"snapshot_id,omitempty"`
	SourceSnapshotID string    `json:"source_snapshot_id,omitempty"`
	Reason           string    `json:"reason,omitempty"`
	Hypervisor       string    `json:"hypervisor,omitempty"`
	Shape            Shape     `json:"shape"`
	EmittedAt        time.Time `json:"emitted_at"`
}

// Shape has the integers of Go, which are signed.
type Shape struct {
	CPU          int   `json:"cpu,omitempty"`
	MemBytes     int64 `json:"mem_bytes,omitempty"`
	StorageBytes int64 `json:"storage_bytes,omitempty"`
}

var (
	kinds   = []string{"vm.compute.start", "vm.compute.stop", "vm.storage.start", "vm.storage.stop", "snap.storage.start", "snap.storage.stop"}
	reasons = []string{"", "boot", "restart", "clone", "restore", "hibernate-wake", "stop-user", "stop-crash", "vm-rm", "snap-rm"}
	// What an encoder may stumble over: its own escapes, Go's for HTML, control characters, and bytes that are no UTF-8.
	pieces = []string{"vm-", "0f3a", "<", ">", "&", "\"", "\\", "/", "'", "\u2028", "\u2029", "é", "€", "😀", "\ufffd", "\x00", "\b", "\f", "\n", "\r", "\t",
		"\x1f", "\x7f", "\xff", "\xc3", "\xed\xa0\x80", "\\u003c", " "}
)

func text(random *rand.Rand) string {
	out := ""
	for n := random.Intn(12) - 3; n > 0; n-- {
		out += pieces[random.Intn(len(pieces))]
	}
	return out
}

func number(random *rand.Rand) int64 {
	switch random.Intn(8) {
	case 0, 1:
		return 0
	case 2:
		return math.MaxInt64
	case 3:
		return math.MinInt64
	case 4:
		return -random.Int63n(1 << 40)
	case 5:
		return random.Int63n(100)
	default:
		return 1 << random.Intn(63)
	}
}

func moment(random *rand.Rand) time.Time {
	nanoseconds := random.Int63n(1_000_000_000)
	for n := random.Intn(10); n > 0; n-- { // trailing zeros of the fraction
		nanoseconds = nanoseconds / 10 * 10 % 1_000_000_000
		if n > 1 {
			nanoseconds = nanoseconds / 100 * 100
		}
	}
	switch random.Intn(8) {
	case 0:
		return time.Time{}
	case 1: // any second of the years 0000 to 9999
		return time.Unix(-62167219200+random.Int63n(315569520000), nanoseconds).UTC()
	case 2:
		return time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC)
	default:
		return time.Unix(1700000000+random.Int63n(100000000), nanoseconds).UTC()
	}
}

func random(source *rand.Rand) Entry {
	return Entry{
		Kind:             kinds[source.Intn(len(kinds))],
		VMID:             text(source),
		SnapshotID:       text(source),
		SourceSnapshotID: text(source),
		Reason:           reasons[source.Intn(len(reasons))],
		Hypervisor:       text(source),
		Shape:            Shape{CPU: int(number(source)), MemBytes: number(source), StorageBytes: number(source)},
		EmittedAt:        moment(source),
	}
}

func line(entry Entry) string {
	data, err := json.Marshal(entry)
	if err != nil {
		return "no " + err.Error()
	}
	return string(data)
}

func write(out io.Writer, seed, count int64) {
	source := rand.New(rand.NewSource(seed))
	for ; count > 0; count-- {
		fmt.Fprintln(out, line(random(source)))
	}
}

func read(in io.Reader, out io.Writer) error {
	reader := bufio.NewReader(in)
	for {
		document, err := reader.ReadBytes('\n')
		if err == io.EOF && len(document) == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		var entry Entry
		if err := json.Unmarshal(bytes.TrimSuffix(document, []byte{'\n'}), &entry); err != nil {
			fmt.Fprintln(out, "no", strconv.Quote(err.Error()))
		} else {
			fmt.Fprintln(out, "ok", line(entry))
		}
	}
}

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	switch {
	case len(os.Args) == 4 && os.Args[1] == "write":
		seed, _ := strconv.ParseInt(os.Args[2], 10, 64)
		count, _ := strconv.ParseInt(os.Args[3], 10, 64)
		write(out, seed, count)
	case len(os.Args) == 2 && os.Args[1] == "read":
		if err := read(os.Stdin, out); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	default:
		fmt.Fprintln(os.Stderr, "usage: metering write SEED COUNT | metering read")
		os.Exit(2)
	}
}
