package casebook

import (
	"fmt"
	"slices"
	"time"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// openSession logs in while the server is still as it was installed.
func (t *trial) openSession() error {
	if !t.plan.Session {
		return nil
	}
	var err error
	t.session, err = t.box.Login(t.ctx, "127.0.0.1", 22)
	return err
}

// breakBox brings the box into the state that the case describes and finds out
// which private keys that left alone.
func (t *trial) breakBox() error {
	if t.plan.Prepare != "" {
		if err := t.script("prepare", t.plan.Prepare); err != nil {
			return err
		}
		// OpenSSH 8.4 loses a signal to end that comes right after its start.
		time.Sleep(200 * time.Millisecond)
	}
	prepared, err := takeTree(t.box.Root(), t.plan.Keys)
	if err != nil {
		return err
	}
	if err := t.script("break", t.plan.Break); err != nil {
		return err
	}
	if err := t.box.Settle(t.ctx); err != nil {
		return err
	}
	broken, err := takeTree(t.box.Root(), t.plan.Keys)
	if err != nil {
		return err
	}
	t.good = tree{}
	for p, n := range prepared {
		if n.private && broken[p].content == n.content {
			t.good[p] = n
		}
	}
	return nil
}

// script runs a part of the case that has to succeed.
func (t *trial) script(name, text string) error {
	if text == "" {
		return nil
	}
	r, err := t.box.Exec(t.ctx, nil, "sh", "-euc", text)
	if err != nil {
		return err
	}
	if r.Exit != 0 {
		return fmt.Errorf("cannot run the script %q of the case: exit %d: %s%s", name, r.Exit, r.Stdout, r.Stderr)
	}
	return nil
}

// tryClient compares what a real client sees with the case.
func (t *trial) tryClient() error {
	return t.wantClient("on the broken box", t.plan.Client)
}

func (t *trial) wantClient(when string, want Sights) error {
	if err := t.waitForLull(); err != nil {
		return err
	}
	a, err := t.box.Client(t.ctx, t.plan.Addr, t.plan.Port)
	if err != nil {
		return err
	}
	t.logf("client "+when, "%s", a)
	t.works = a.Sight == box.OK
	if !slices.Contains(want, a.Sight) {
		t.wrong("%s a client at %s port %d should see %s, and sees %s", when, t.plan.Addr, t.plan.Port, want, a)
	}
	return nil
}

// lull waits until no per-connection unit is left. On Debian 11 they share
// /run/sshd, and the first that ends takes it from the others, so a client that
// comes at that moment is cut off, whoever it is.
const lull = `for i in $(seq 50); do
  [ -n "$(systemctl list-units --no-legend 'ssh@*')" ] || exit 0
  sleep 0.1
done`

// waitForLull keeps the trial's own client out of the way of connections that
// are just ending, where a socket makes a unit for each.
func (t *trial) waitForLull() error {
	if len(t.plan.Woken) == 0 {
		return nil
	}
	_, err := t.box.Run(t.ctx, lull)
	return err
}

// prove runs the case's own last words.
func (t *trial) prove() error {
	if t.plan.Proof == "" {
		return nil
	}
	r, err := t.box.Exec(t.ctx, nil, "sh", "-euc", t.plan.Proof)
	if err != nil {
		return err
	}
	if r.Exit != 0 {
		t.logf("proof", "exit %d\n%s%s", r.Exit, r.Stdout, r.Stderr)
		t.wrong("the proof fails: %s", t.plan.Proof)
	}
	return nil
}

// askSession wants the session that was opened at first to be alive.
func (t *trial) askSession() error {
	if t.session == nil {
		return nil
	}
	if err := t.session.Ask(t.ctx); err != nil {
		t.harmed("open sessions survive", []string{err.Error()})
	}
	return nil
}

// reboot ends the case with a fresh boot, where it says so.
func (t *trial) reboot() error {
	if t.plan.Reboot == nil {
		return nil
	}
	if t.session != nil {
		t.session.Close()
		t.session = nil
	}
	if err := t.box.Reboot(t.ctx); err != nil {
		return err
	}
	if err := t.box.Settle(t.ctx); err != nil {
		return err
	}
	return t.wantClient("after a reboot", t.plan.Reboot)
}
