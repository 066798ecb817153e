package service

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestUnitOfAHealthyServer(t *testing.T) {
	for suite, version := range map[string]string{"bullseye": "/lib", "bookworm": "/lib", "trixie": "/usr/lib"} {
		u := decodeUnit("ssh.service", readCapture(t, "healthy", suite).units["ssh.service"])
		if !u.Loaded() || !u.Active() || u.Off() || u.Job || u.MainPID == 0 || len(u.InvocationID) != 32 {
			t.Errorf("%s: %+v", suite, u)
		}
		if u.FragmentPath != version+"/systemd/system/ssh.service" {
			t.Errorf("%s: %s", suite, u.FragmentPath)
		}
		if !slices.Equal(u.EnvFiles, []string{"/etc/default/ssh"}) {
			t.Errorf("%s: %+v", suite, u.EnvFiles)
		}
		var exec []string
		for _, e := range u.Exec {
			exec = append(exec, e.Line+" "+strings.Join(e.Argv, " "))
		}
		want := "ExecStartPre /usr/sbin/sshd -t, ExecStart /usr/sbin/sshd -D $SSHD_OPTS, " +
			"ExecReload /usr/sbin/sshd -t, ExecReload /bin/kill -HUP $MAINPID"
		if got := strings.Join(exec, ", "); got != want {
			t.Errorf("%s: %s", suite, got)
		}
		if pre := u.Exec[0]; !pre.Ran || pre.Code != 1 || pre.Status != 0 {
			t.Errorf("%s: ExecStartPre %+v", suite, pre)
		}
		f := Facts{Service: u}
		if !f.ManagesDir("/run/sshd") || !f.ManagesDir("/var/run/sshd") || f.ManagesDir("/run/ssh") {
			t.Errorf("%s: RuntimeDirectory %q", suite, u.RuntimeDir)
		}
		if u.KillMode != "process" {
			t.Errorf("%s: KillMode %q", suite, u.KillMode)
		}
	}
}

func TestSocketsOfThreeSuites(t *testing.T) {
	for suite, accept := range map[string]bool{"bullseye": true, "bookworm": false, "trixie": false} {
		u := decodeUnit("ssh.socket", readCapture(t, "socket-idle", suite).units["ssh.socket"])
		if u.Accept != accept || !slices.Contains(u.Listen, "[::]:22") || u.BindIPv6Only == "" || !u.Active() {
			t.Errorf("%s: %+v", suite, u)
		}
	}
}

func TestFailuresOfThreeSuites(t *testing.T) {
	for _, suite := range suites() {
		u := decodeUnit("ssh.service", readCapture(t, "exec-missing", suite).units["ssh.service"])
		e, ok := u.failedExec()
		if !ok || e.Line != "ExecStart" || e.Path != "/usr/local/sbin/sshd" || e.Status != 203 {
			t.Errorf("%s: %+v", suite, e)
		}
		u = decodeUnit("ssh.service", readCapture(t, "condition", suite).units["ssh.service"])
		if len(u.ConditionFailed) != 1 || u.ConditionFailed[0].String() != "ConditionHost=otherhost" {
			t.Errorf("%s: %+v", suite, u.ConditionFailed)
		}
		u = decodeUnit("ssh.service", readCapture(t, "two-execstart", suite).units["ssh.service"])
		if u.LoadState != "bad-setting" || u.LoadError == "" || len(u.DropIns) != 1 {
			t.Errorf("%s: %+v", suite, u)
		}
	}
}

// Whatever type a property has in another version: no panic, and nothing is
// made of what was not understood.
func TestPropertiesOfAnotherType(t *testing.T) {
	odd := []any{
		nil, "text", 7, int32(-1), uint64(1 << 63), true, 1.5, []byte{1}, []string{"a"}, []any{}, []any{1, 2},
		[]any{"a", "b", "c"}, [][]any{}, [][]any{{}}, [][]any{{1, 2}, {"a", "b", "c", "d", "e"}},
		[][]any{{nil, nil, nil, nil, nil, nil, nil, nil, nil, nil}}, map[string]any{}, objectPath("/"),
	}
	names := map[string]bool{}
	for _, suite := range suites() {
		for _, u := range readCapture(t, "pre-failed", suite).units {
			for name := range u {
				names[name] = true
			}
		}
	}
	if len(names) < 20 {
		t.Fatalf("only %d properties", len(names))
	}
	for _, v := range odd {
		p := map[string]any{}
		for name := range names {
			p[name] = v
		}
		u := decodeUnit("ssh.service", p)
		Judge(Facts{Service: u})
		if _, isBool := v.(bool); !isBool && (u.NeedDaemonReload || u.Accept) {
			t.Errorf("%#v became true", v)
		}
	}
	if got := decodeUnit("x", nil); !reflect.DeepEqual(got, Unit{Name: "x"}) {
		t.Errorf("of nothing: %+v", got)
	}
}

func TestWhichUnitIsMeant(t *testing.T) {
	unit := func(id, load, active string) Unit { return Unit{ID: id, LoadState: load, ActiveState: active} }
	const a, b = "ssh.service", "sshd.service"
	for _, c := range []struct {
		what string
		a, b Unit
		want string
	}{
		{"Debian: the second is an alias", unit(a, "loaded", "active"), unit(a, "loaded", "active"), a},
		{"Debian, disabled: no alias", unit(a, "loaded", "inactive"), unit(b, "not-found", "inactive"), a},
		{"Fedora", unit(a, "not-found", "inactive"), unit(b, "loaded", "active"), b},
		{"both, one is up", unit(a, "loaded", "inactive"), unit(b, "loaded", "active"), b},
		{"both, the other is up", unit(a, "loaded", "active"), unit(b, "loaded", "inactive"), a},
		{"both, both down", unit(a, "loaded", "failed"), unit(b, "loaded", "inactive"), a},
		{"masked, the alias cannot be read", unit(a, "masked", "inactive"), unit(b, "error", "inactive"), a},
		{"masked and still up", unit(a, "masked", "active"), unit(b, "error", "inactive"), a},
		{"one masked, the other stands", unit(a, "masked", "inactive"), unit(b, "loaded", "inactive"), b},
		{"refused", unit(a, "bad-setting", "inactive"), unit(a, "bad-setting", "inactive"), a},
		{"none", unit(a, "not-found", "inactive"), unit(b, "not-found", "inactive"), a},
		{"none, and the other is masked", unit(a, "not-found", "inactive"), unit(b, "masked", "inactive"), b},
	} {
		if got := choose(c.a, c.b); got.ID != c.want {
			t.Errorf("%s: %s, want %s", c.what, got.ID, c.want)
		}
	}
	for _, state := range states(t) {
		for _, suite := range suites() {
			c := readCapture(t, state, suite)
			got := choose(decodeUnit(a, c.units[a]), decodeUnit(b, c.units[b]))
			if got.ID != a {
				t.Errorf("%s on %s: %s", state, suite, got.ID)
			}
		}
	}
}

func TestWhoIsUp(t *testing.T) {
	for _, c := range []struct {
		what            string
		service, socket string
		accept, want    bool
	}{
		{"the service", "active", "inactive", false, true},
		{"reloading", "reloading", "inactive", false, true},
		{"nobody", "inactive", "inactive", false, false},
		{"an idle socket", "inactive", "active", false, true},
		{"a socket at work", "active", "active", false, true},
		{"a socket whose service failed", "failed", "active", false, false},
		{"a socket that starts instances", "failed", "active", true, true},
		{"a failed socket", "inactive", "failed", true, false},
	} {
		f := Facts{Service: Unit{ActiveState: c.service}, Socket: Unit{ActiveState: c.socket, Accept: c.accept}}
		if got := f.Up(); got != c.want {
			t.Errorf("%s: %v", c.what, got)
		}
	}
}
