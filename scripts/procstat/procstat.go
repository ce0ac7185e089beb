// Package procstat reads what the operating system has counted of processes: processor time and memory, from
// getrusage and Linux's /proc.
package procstat

import (
	"bytes"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// CPUTime returns how long all cores together have worked for this process.
func CPUTime() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage) // cannot fail for this process
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// CPUTimeOf returns how long all cores together have worked for another process.
func CPUTimeOf(pid int) (time.Duration, error) {
	const tick = 10 * time.Millisecond // of /proc, on every Linux
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])) // after the name, from the third field
	user, err := strconv.Atoi(fields[14-3])
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(fields[15-3])
	return tick * time.Duration(user+system), err
}

// ResidentBytes returns the memory of this process now.
func ResidentBytes() (int64, error) { return memory("self", "VmRSS") }

// PeakBytes returns the most memory that this process has had since it started, or since ResetPeak.
func PeakBytes() (int64, error) { return memory("self", "VmHWM") }

// PeakBytesOf is PeakBytes of another process.
func PeakBytesOf(pid int) (int64, error) { return memory(strconv.Itoa(pid), "VmHWM") }

// ResetPeak releases free memory to the system and begins the measurement of the peak anew: each part of the work has a
// peak of its own, without the garbage of earlier parts.
func ResetPeak() error {
	debug.FreeOSMemory()
	return os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}

// memory returns a figure of the status of a process in bytes.
func memory(process, name string) (int64, error) {
	status, err := os.ReadFile("/proc/" + process + "/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kilobytes << 10, err
		}
	}
	return 0, fmt.Errorf("the status of the process has no %s", name)
}
