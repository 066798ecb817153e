package host

import (
	"os"
	"testing"
	"time"
)

const stat = "1 (sys) temd (x) 1) S 0 1 1 0 -1 4194560 58341 4032371 95 1386 66 197 11390 3427 20 0 1 0 2540 21757952 3072 18446744073709551615 1 1 0"

func TestStartOfAProcess(t *testing.T) {
	for text, want := range map[string]time.Duration{
		stat: 25400 * time.Millisecond, "1 (x) S 0 1": -1, "": -1, "1 (x) 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 -7": -1,
		"1 (x) 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 9223372036854775807": -1,
	} {
		got, err := startOf(text)
		if (err != nil) != (want < 0) || err == nil && got != want {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
}

func FuzzStartOf(f *testing.F) {
	f.Add(stat)
	f.Add("1 (x")
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := startOf(text); err == nil && d < 0 {
			t.Errorf("%q: %s", text, d)
		}
	})
}

// PID 1 began before this test did, and its clock goes on.
func TestUptime(t *testing.T) {
	self, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		t.Fatal(err)
	}
	own, err := startOf(string(self))
	if err != nil || own <= 0 {
		t.Fatalf("%s, %v", own, err)
	}
	first, err := NewFiles("/").Uptime()
	second, again := NewFiles("/").Uptime()
	if err != nil || again != nil || first <= 0 || second < first {
		t.Errorf("%s, %v; %s, %v", first, err, second, again)
	}
}
