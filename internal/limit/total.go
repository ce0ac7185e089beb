package limit

import (
	"fmt"
	"log/slog"
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// Least is the smallest total that a server starts with.
const Least = 128 << 20

// machineShare is the part of a cgroup's or the machine's memory that is the total where none is set.
const machineShare = 0.8

// goShare is GOMEMLIMIT as a part of the total: the rest is for what the collector does not manage, SQLite's pages and
// the program itself.
const goShare = 0.92

// Available returns the default of the total: a part of the limit of the process's cgroup, version 1 or 2, or, without
// one, of the memory of the machine.
func Available() int64 {
	limit, err := memlimit.ApplyFallback(memlimit.FromCgroup, memlimit.FromSystem)()
	if err != nil || limit == 0 || limit > math.MaxInt64/2 {
		return 4 << 30
	}
	return max(Least, int64(machineShare*float64(limit)))
}

// ParseBytes reads a number of bytes such as 1536MiB, 1.5GiB, 2G or 800000000. Powers of 1,024 and of 1,000 are
// distinguished as in IEC 80000-13; a single letter is a power of 1,024.
func ParseBytes(text string) (int64, error) {
	number := strings.TrimRight(text, "kKMGTiB")
	unit, ok := units[text[len(number):]]
	n, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || !(n*unit >= 1 && n*unit < 1<<50) {
		return 0, fmt.Errorf("%q: want a number of bytes such as 1536MiB or 2GiB", text)
	}
	return int64(n * unit), nil
}

var units = map[string]float64{"": 1, "B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
	"K": 1 << 10, "k": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40,
	"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}

// SetGoLimit sets the collector's limit, GOMEMLIMIT, from the total, unless the environment has one.
func (m *Memory) SetGoLimit(log *slog.Logger) {
	if _, set := os.LookupEnv("GOMEMLIMIT"); set {
		log.Info("memory", slog.Int64("total", m.Total), slog.Int64("gomemlimit", debug.SetMemoryLimit(-1)))
		return
	}
	limit := int64(goShare * float64(m.Total))
	debug.SetMemoryLimit(limit)
	log.Info("memory", slog.Int64("total", m.Total), slog.Int64("gomemlimit", limit))
}
