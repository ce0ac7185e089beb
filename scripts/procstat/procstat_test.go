package procstat

import (
	"os"
	"testing"
	"time"
)

func TestCPUTime(t *testing.T) {
	before := CPUTime()
	for sum, began := 0, time.Now(); time.Since(began) < 50*time.Millisecond; {
		sum++
	}
	if CPUTime() <= before {
		t.Errorf("a busy loop took no processor time")
	}
	own, err := CPUTimeOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if gap := CPUTime() - own; gap < -time.Second || gap > time.Second {
		t.Errorf("/proc says %v, getrusage %v", own, CPUTime())
	}
}

func TestMemory(t *testing.T) {
	peak, err := PeakBytes()
	if err != nil {
		t.Fatal(err)
	}
	resident, err := ResidentBytes()
	if err != nil {
		t.Fatal(err)
	}
	if resident <= 0 || peak < resident/2 {
		t.Errorf("resident %d bytes, peak %d", resident, peak)
	}
	if err := ResetPeak(); err != nil {
		t.Fatal(err)
	}
}
