//go:build boxes && long

package years

import (
	"bytes"
	"os"
	"strconv"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// The long life, on every suite; "make years" runs it, and it writes
// docs/years.txt. SSHD_DOCTOR_DAYS says how many days, if not two.
func TestDays(t *testing.T) {
	days := 2
	if given := os.Getenv("SSHD_DOCTOR_DAYS"); given != "" {
		var err error
		if days, err = strconv.Atoi(given); err != nil {
			t.Fatalf("cannot read SSHD_DOCTOR_DAYS: %v", err)
		}
	}
	logs := map[box.Suite]*bytes.Buffer{}
	t.Run("suites", func(t *testing.T) {
		for i, suite := range box.Suites() {
			log := &bytes.Buffer{}
			logs[suite] = log
			t.Run(string(suite), func(t *testing.T) {
				t.Parallel()
				live(t, suite, uint64(i+2), days*int(day/tick), 12, log)
			})
		}
	})
	var all bytes.Buffer
	all.WriteString("The log of boxes that live through days (make years). What happened -> what was\ntold of how the server stands. Repairs and new keys are told beside that.\n")
	for _, suite := range box.Suites() {
		all.WriteString("\n")
		all.Write(logs[suite].Bytes())
	}
	if err := os.WriteFile("../../docs/years.txt", all.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
