package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Who waits is told once a wait is long, then now and again, and what is waited
// for at the same time stands in one line.
func TestWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		w := &waits{out: &out}
		quick := w.begin("something quick")
		slow := w.begin("systemd")
		other := w.begin("sshd")
		time.Sleep(patience / 2)
		quick()
		late := w.begin("the disk")
		time.Sleep(patience * 3 / 5)
		other()
		time.Sleep(again + patience)
		synctest.Wait()
		slow()
		late()
		time.Sleep(5 * again)
		synctest.Wait()
		want := []string{
			"1 s: waiting for systemd, sshd", "2 s: waiting for systemd, the disk",
			"12 s: waiting for systemd, the disk",
		}
		got := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(got) != len(want) {
			t.Fatalf("%q", got)
		}
		for i := range want {
			if strings.TrimSpace(got[i]) != want[i] {
				t.Errorf("line %d: %q, want %q", i, got[i], want[i])
			}
		}
	})
}

func TestNobodyWantsToKnow(t *testing.T) {
	var w *waits
	w.begin("systemd")()
	var out bytes.Buffer
	(&waits{out: &out}).begin("")()
	if out.Len() > 0 {
		t.Error(out.String())
	}
}
