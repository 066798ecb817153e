//go:build boxes

// The casebook boots a real system per case and suite: it needs root. It stands
// behind a build tag so that a plain "go test ./..." needs neither root nor
// boxes. With the tag, a box that cannot boot is a failure, never a skip.

package casebook

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// boxesAtOnce suits two processors: a box waits more than it works.
const boxesAtOnce = 4

func TestCasebook(t *testing.T) {
	cases, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	binary, err := Binary(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, suite := range box.Suites() {
		if _, err := box.Base(t.Context(), suite, os.Stderr); err != nil {
			t.Fatal(err)
		}
	}
	next := make(chan Trial)
	var wg sync.WaitGroup
	for range boxesAtOnce {
		wg.Go(func() {
			for trial := range next {
				t.Run(filepath.Join(trial.Case.Name, string(trial.Suite)), func(t *testing.T) {
					play(t, trial, binary)
				})
			}
		})
	}
	for _, trial := range Chosen(cases) {
		next <- trial
	}
	close(next)
	wg.Wait()
}

func play(t *testing.T, trial Trial, binary string) {
	r := Run(t.Context(), trial.Case, trial.Suite, Options{Binary: binary})
	if r.OK() {
		t.Logf("named %v, healed %s, %.1f s", r.Named, r.Healed, r.Took.Seconds())
	} else {
		t.Error(r.Explain())
	}
}
